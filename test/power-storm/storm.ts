/**
 * Power storm: a device under full load that goes to sleep and comes back, or is pulled out and comes back as a new
 * one, again and again. What must hold: every accepted request ends once, no callback is out of order, no request is
 * presented outside D0. Runs on: main; build first, the drivers run on real workers.
 *
 *   suspend          engine.suspend(), engine.resume()
 *   surpriseRemove   the hardware's registers read all ones, where there is hardware; then device.surpriseRemove()
 */
import type * as NativeSim from '../../native-sim/index.js'
import type * as Irpool from '../../src/index.js'
import type { Engine, IrpFile, Ledger, LineDescriptor } from '../../src/index.js'
import type * as WitnessModule from './witness.js'

// The command runs from the build; a test imports the source.
const build = new URL(import.meta.url.endsWith('.js') ? '../../' : '../../build/', import.meta.url)
const at = (path: string): string => new URL(path, build).href
const irpool: typeof Irpool = await import(at('src/index.js'))
const { SimulatedHardware, channelWindow }: typeof NativeSim = await import(
  at('native-sim/index.js')
)
const seen: typeof WitnessModule = await import(at('test/power-storm/witness.js'))

export type StormDevice = 'keeper' | 'nvme' | 'edu'
export type StormKind = 'suspend' | 'surpriseRemove'

export interface StormOptions {
  readonly device: StormDevice
  readonly kind: StormKind
  readonly rounds: number
}

export interface StormReport {
  readonly rounds: number
  readonly ledger: Ledger
  /** How many requests of the load ended how. */
  readonly statuses: Readonly<Record<string, number>>
  readonly callbacks: number
  readonly d0Entries: number
  readonly gone: number
  readonly presented: number
  readonly presentedOutsideD0: number
  /** The first callback that was out of order, and how many checks failed. */
  readonly broken: string
  readonly brokenCount: number
  readonly rescues: number
  readonly seconds: number
}

/** Requests in flight: more than a driver may own, so that some always wait. */
const CLIENTS = 64
const READ_BYTES = 512
/** Of edu's 4 KiB. */
const PLACES = 8
const BETWEEN = 2 * CLIENTS
const LATE_EVERY = 5
const PATIENCE_MS = 60_000
const LINES = { keeper: 0, nvme: 2, edu: 1 } as const
const PARAMETERS = {
  keeper: {},
  nvme: { depth: 32, watchdogMs: 20 },
  edu: { watchdogMs: 20 },
} as const

class PowerStorm {
  readonly #options: StormOptions
  readonly #engine: Engine
  readonly #lines: readonly LineDescriptor[]
  readonly #witness = seen.createWitnessMemory()
  readonly #statuses = new Map<number, number>()
  readonly #buffers: readonly Uint8Array[]
  #completed = 0
  #lives = 0

  constructor(options: StormOptions, engine: Engine) {
    this.#options = options
    this.#engine = engine
    const lines = LINES[options.device]
    this.#lines = lines === 0 ? [] : engine.allocateInterruptLines(0, lines)
    this.#buffers = Array.from({ length: CLIENTS }, () => engine.channel.allocate(READ_BYTES).bytes)
  }

  get words(): Int32Array {
    return new Int32Array(this.#witness, 0, seen.SEEN_BROKEN + 1)
  }

  async run(): Promise<void> {
    const { kind, rounds } = this.#options
    if (kind === 'suspend') {
      await this.#life(async () => {
        for (let round = 0; round < rounds; round++) {
          await this.#someMore(BETWEEN)
          await this.#engine.suspend()
          await this.#engine.resume()
        }
        await this.#someMore(BETWEEN)
      })
      return
    }
    for (let round = 0; round < rounds; round++) await this.#life(() => this.#someMore(BETWEEN))
  }

  report(seconds: number): StormReport {
    const { words } = this
    const statuses = [...this.#statuses].map(([status, count]) => [
      irpool.statusName(status),
      count,
    ])
    return {
      rounds: this.#options.rounds,
      ledger: this.#engine.ledger(),
      statuses: Object.fromEntries(statuses) as Record<string, number>,
      callbacks: words[seen.SEEN_CALLBACKS]!,
      d0Entries: words[seen.SEEN_D0_ENTRIES]!,
      gone: words[seen.SEEN_GONE]!,
      presented: words[seen.SEEN_PRESENTED]!,
      presentedOutsideD0: words[seen.SEEN_OUTSIDE_D0]!,
      broken: seen.brokenText(this.#witness),
      brokenCount: words[seen.SEEN_BROKEN]!,
      rescues: this.#engine.statistics().reduce((sum, { rescues }) => sum + rescues, 0),
      seconds,
    }
  }

  /** A device is added, `body` happens under load, the device is pulled out, and every request ends. */
  async #life(body: () => Promise<void>): Promise<void> {
    const engine = this.#engine
    const { device: kind } = this.#options
    const name = `${kind}${this.#lives++}`
    const hardware = await this.#plugIn(name)
    await engine.addDevice({
      name,
      driver: new URL(`test/power-storm/drivers/${kind}.js`, build),
      parameters: { ...PARAMETERS[kind], witness: this.#witness, lateEvery: LATE_EVERY },
      ...(hardware === null ? {} : { hardware: hardware.resources }),
    })
    const file = await engine.open(name)
    const load = { isOver: false }
    const clients = this.#buffers.map((bytes, i) => this.#client(load, file, bytes, i))
    await body()
    if (hardware !== null) await hardware.surpriseRemove()
    await engine.device(name).surpriseRemove()
    load.isOver = true
    await Promise.all(clients)
    await hardware?.stop()
  }

  async #plugIn(name: string): Promise<NativeSim.SimulatedHardware | null> {
    const { device } = this.#options
    if (device === 'keeper') return null
    const hardware = await SimulatedHardware.start({
      device: { model: device, name },
      lines: this.#lines,
    })
    await hardware.mapDma(channelWindow(this.#engine.channel))
    return hardware
  }

  async #client(
    load: { readonly isOver: boolean },
    file: IrpFile,
    bytes: Uint8Array,
    place: number,
  ): Promise<void> {
    const options = { offset: (place % PLACES) * READ_BYTES, rejectOnFailure: false }
    while (!load.isOver) {
      const { status } = await file.read(bytes, options)
      this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1)
      this.#completed++
      // A read of a device that has gone ends at once: let the event loop turn.
      if (status < 0) await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Waits until so many more requests have ended. */
  async #someMore(count: number): Promise<void> {
    const target = this.#completed + count
    const deadline = performance.now() + PATIENCE_MS
    while (this.#completed < target) {
      if (performance.now() > deadline) {
        throw new Error(`no request has ended for ${PATIENCE_MS / 1000} s under load`)
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

/** Runs a storm. Rejects when it cannot go on; what was wrong otherwise is in the report, see `faultsOf`. */
export async function runPowerStorm(options: StormOptions): Promise<StormReport> {
  const started = performance.now()
  const engine = await irpool.Engine.start({ workers: 1, slots: 256, bufferBytes: 262_144 })
  const storm = new PowerStorm(options, engine)
  await storm.run()
  const report = storm.report((performance.now() - started) / 1000)
  await engine.stop()
  return { ...report, ledger: engine.ledger() }
}

/** What a report says was wrong; empty when all was right. */
export function faultsOf(report: StormReport, { kind }: Pick<StormOptions, 'kind'>): string[] {
  const { ledger, rounds, d0Entries, gone } = report
  const lives = kind === 'suspend' ? 1 : rounds
  const entries = kind === 'suspend' ? rounds + 1 : rounds
  const wrong: [isWrong: boolean, what: string][] = [
    [ledger.accepted !== ledger.completed, `${ledger.accepted - ledger.completed} never ended`],
    [ledger.inFlight + ledger.lost + ledger.duplicates !== 0, 'the ledger does not balance'],
    [report.brokenCount !== 0, `callback out of order: ${report.broken}`],
    [report.presentedOutsideD0 !== 0, `${report.presentedOutsideD0} presented outside D0`],
    [d0Entries !== entries, `${d0Entries} D0 entries, not ${entries}`],
    [gone !== lives, `${gone} devices have gone, not ${lives}`],
    [report.rescues !== 0, `${report.rescues} sleeps ended by a time-out`],
  ]
  return wrong.filter(([isWrong]) => isWrong).map(([, what]) => what)
}
