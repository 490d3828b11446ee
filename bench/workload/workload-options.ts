/**
 * workload-options.ts: the options of `irpool bench` that put a workload together: what each may be, and which
 * of them go together. Names follow fio and wrk2 where they fit.
 *
 * Runs on: the main thread of the command. Throws UsageError for whatever cannot be.
 */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { suggest } from '../../src/cli/edit-distance.js'
import { UsageError } from '../../src/cli/usage-error.js'
import { parseCount, parseQuantity } from './quantity.js'
import { DEFAULT_WORKLOAD, type Handler, type Rate, type Workload } from './workload.js'
import { IDLE_STRATEGIES } from '../../src/sharedarraybuffer-queue/idle-strategy.js'

export const WORKLOAD_OPTIONS = {
  rate: { type: 'string' },
  arrival: { type: 'string' },
  depth: { type: 'string' },
  batch: { type: 'string' },
  hosts: { type: 'string' },
  devices: { type: 'string' },
  stack: { type: 'string' },
  dispatch: { type: 'string' },
  scope: { type: 'string' },
  handler: { type: 'string' },
  mix: { type: 'string' },
  'block-size': { type: 'string' },
  'wait-strategy': { type: 'string' },
  verify: { type: 'boolean' },
  sweep: { type: 'string' },
} as const

export type WorkloadOption = Exclude<keyof typeof WORKLOAD_OPTIONS, 'sweep'> | 'workers'

/** What was given: an option's text, `yes` for a flag, undefined when it was not given. */
export type GivenOption = (name: WorkloadOption) => string | undefined

export const MAX_WORKERS = 64
const MAX_HOSTS = 16
const MAX_DEVICES = 100_000
const MAX_DEPTH = 65_536
const MAX_BLOCK_BYTES = 2 ** 20
const MAX_CHANNEL_BYTES = 2 ** 30
const SECTOR_BYTES = 512
const MAX_RATE = 1e9

const DISPATCH = ['sequential', 'parallel'] as const
const SCOPES = ['device', 'queue', 'none'] as const
const ARRIVALS = ['fixed', 'poisson'] as const
const SWEPT: readonly WorkloadOption[] = [
  'workers',
  ...(Object.keys(WORKLOAD_OPTIONS).filter(
    (name) => name !== 'sweep' && name !== 'verify',
  ) as WorkloadOption[]),
]

export interface GivenWorkload {
  readonly workload: Workload
  /** Of the options that were given, in the order of the help: what makes its name. */
  readonly parameters: Readonly<Record<string, number | string>>
}

/** One workload for each value of the sweep; one without a sweep; none when no such option was given. */
export function parseWorkloads(
  command: string,
  given: GivenOption,
  sweep: string | undefined,
): GivenWorkload[] {
  const isGiven = Object.keys(WORKLOAD_OPTIONS).some(
    (name) => name !== 'sweep' && given(name as WorkloadOption) !== undefined,
  )
  if (sweep !== undefined) {
    const { name, values } = parseSweep(command, sweep, given)
    return values.map((value) =>
      parseWorkload(command, (option) => (option === name ? value : given(option))),
    )
  }
  return isGiven ? [parseWorkload(command, given)] : []
}

function parseSweep(command: string, sweep: string, given: GivenOption) {
  const [, name = '', list = ''] = /^([a-z-]+)=(.*)$/.exec(sweep) ?? []
  const option = SWEPT.find((candidate) => candidate === name)
  const values = list.split(',').filter((value) => value !== '')
  const refuse = (problem: string) => new UsageError(command, `--sweep '${sweep}': ${problem}`)
  if (option === undefined) {
    const hint = suggest(name, [...SWEPT])
    throw refuse(`expected NAME=a,b,c with one of ${SWEPT.join(', ')}${hint}`)
  }
  if (values.length === 0) throw refuse('expected at least one value, separated by commas')
  if (new Set(values).size < values.length) throw refuse('a value is there twice')
  if (given(option) !== undefined) throw refuse(`--${option} is given too: leave one of them out`)
  return { name: option, values }
}

function parseWorkload(command: string, given: GivenOption): GivenWorkload {
  const parser = new WorkloadParser(command, given)
  const workload = parser.parse()
  const names = ['workers', ...Object.keys(WORKLOAD_OPTIONS)].filter(
    (name) => name !== 'sweep',
  ) as WorkloadOption[]
  const parameters: Record<string, number | string> = {}
  for (const name of names) {
    const text = given(name)
    if (text !== undefined) parameters[name] = Number.isNaN(Number(text)) ? text : Number(text)
  }
  return { workload, parameters }
}

class WorkloadParser {
  readonly #command: string
  readonly #given: GivenOption

  constructor(command: string, given: GivenOption) {
    this.#command = command
    this.#given = given
  }

  parse(): Workload {
    const standard = DEFAULT_WORKLOAD
    const rate = this.#rate()
    const workload: Workload = {
      rate,
      arrival: this.#oneOf('arrival', ARRIVALS, standard.arrival),
      // An open loop needs places for its backlog, not for its pace.
      depth: this.#count('depth', rate.kind === 'closed' ? standard.depth : 1024, 1, MAX_DEPTH),
      batch: this.#count('batch', standard.batch, 1, MAX_DEPTH),
      workers: this.#count('workers', standard.workers, 1, MAX_WORKERS),
      hosts: this.#count('hosts', standard.hosts, 1, MAX_HOSTS),
      devices: this.#count('devices', standard.devices, 1, MAX_DEVICES),
      stack: this.#count('stack', DEFAULT_WORKLOAD.stack, 1, 32),
      dispatch: this.#oneOf('dispatch', DISPATCH, standard.dispatch),
      scope: this.#oneOf('scope', SCOPES, standard.scope),
      handler: this.#handler(),
      readPercent: this.#count('mix', standard.readPercent, 0, 100),
      blockBytes: this.#count('block-size', standard.blockBytes, 1, MAX_BLOCK_BYTES),
      waitStrategy: this.#oneOf('wait-strategy', IDLE_STRATEGIES, standard.waitStrategy),
      verify: this.#given('verify') !== undefined,
      timesAll: rate.kind !== 'closed',
    }
    this.#checkTogether(workload)
    return workload
  }

  #checkTogether({ rate, handler, verify, blockBytes, depth }: Workload): void {
    if (this.#given('arrival') !== undefined && rate.kind === 'closed') {
      throw this.#refusal('arrival', 'a closed loop has no arrivals: give a --rate')
    }
    if (verify && handler.kind !== 'ramdisk') {
      throw this.#refusal('verify', 'only --handler ramdisk keeps what was written')
    }
    if (verify && blockBytes % SECTOR_BYTES !== 0) {
      throw this.#refusal('block-size', `--verify needs a multiple of ${SECTOR_BYTES}`)
    }
    for (const option of ['dispatch', 'scope'] as const) {
      if (handler.kind === 'ramdisk' && this.#given(option) !== undefined) {
        throw this.#refusal(option, 'the RAM disk has a sequential queue and device scope')
      }
    }
    if (depth * 2 ** Math.ceil(Math.log2(blockBytes)) > MAX_CHANNEL_BYTES) {
      throw this.#refusal('depth', `${depth} blocks of ${blockBytes} bytes are more than 1 GiB`)
    }
  }

  #rate(): Rate {
    const text = this.#given('rate')
    if (text === undefined) return DEFAULT_WORKLOAD.rate
    const share = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1]
    if (share !== undefined && Number(share) > 0 && Number(share) <= 200) {
      return { kind: 'share-of-peak', share: Number(share) / 100 }
    }
    const requests = parseQuantity(text)
    if (requests >= 1 && requests <= MAX_RATE) return { kind: 'per-second', requests }
    throw this.#refusal(
      'rate',
      'expected requests a second from 1 to 1G (200k, 2M), or a share of the peak (50%)',
    )
  }

  #handler(): Handler {
    const text = this.#given('handler') ?? 'null'
    if (text === 'null' || text === 'ramdisk') return { kind: text }
    const [, kind, amount] = /^(spin|async):(\d+(?:\.\d+)?)$/.exec(text) ?? []
    if (kind === 'spin' && Number(amount) > 0 && Number(amount) <= 1e6) {
      return { kind, microseconds: Number(amount) }
    }
    if (kind === 'async' && Number(amount) <= 1e4) return { kind, milliseconds: Number(amount) }
    const file = path.resolve(text)
    if (/\.m?js$/.test(text) && existsSync(file)) {
      return { kind: 'module', url: pathToFileURL(file).href }
    }
    throw this.#refusal(
      'handler',
      'expected null, spin:MICROSECONDS, async:MILLISECONDS, ramdisk, or the file of a driver module (.js) that exists',
    )
  }

  #count(name: WorkloadOption, otherwise: number, min: number, max: number): number {
    const text = this.#given(name)
    if (text === undefined) return otherwise
    const count = parseCount(text)
    if (count >= min && count <= max) return count
    throw this.#refusal(name, `expected a whole number from ${min} to ${max}`)
  }

  #oneOf<Name extends string>(
    option: WorkloadOption,
    names: readonly Name[],
    otherwise: Name,
  ): Name {
    const text = this.#given(option)
    if (text === undefined) return otherwise
    const found = names.find((name) => name === text)
    if (found !== undefined) return found
    throw this.#refusal(option, `expected ${names.join(' or ')}${suggest(text, [...names])}`)
  }

  #refusal(option: WorkloadOption, problem: string): UsageError {
    const text = this.#given(option)
    const isBare = text === undefined || option === 'verify'
    const what = isBare ? `--${option}` : `--${option} '${text}'`
    return new UsageError(this.#command, `${what}: ${problem}`)
  }
}
