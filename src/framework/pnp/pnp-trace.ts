/**
 * Trace of a driver's Plug and Play and power callbacks through a scenario: which callback KMDF would call when,
 * and in which states the machines are. Runs on: any thread; the driver runs on the calling one, without an
 * engine and without requests. Time is simulated: a trace of an hour's idle takes no time.
 */
import type { Device } from '../device.js'
import { Framework } from '../framework.js'
import { ManualClock } from './clock.js'
import type { DeviceCallbackName, DeviceCallbacks } from './device-callbacks.js'
import type { HostStep, PnpObserver } from './pnp-context.js'
import { PNP_SCENARIOS, type PnpScenario, type ScenarioName } from './pnp-scenarios.js'

export interface TracePnpOptions {
  /** URL of a driver module. */
  readonly driver: URL | string
  readonly scenario: ScenarioName
  /** Callbacks that fail instead of being called, with the status they fail with. */
  readonly fail?: Readonly<Partial<Record<DeviceCallbackName, number>>>
  /** As for `engine.addDevice`. */
  readonly parameters?: Readonly<Record<string, unknown>>
  /** Real milliseconds that a callback may take. Default 10,000. */
  readonly timeoutMs?: number
}

/** States of the three machines. */
export interface MachineStates {
  readonly pnp: string
  readonly power: string
  readonly policy: string
}

export interface PnpTraceLine {
  /** Simulated milliseconds since the start of the scenario. */
  readonly atMs: number
  /** A callback of the driver, a step of the Framework, a request and its end, something that was noticed. */
  readonly kind: 'callback' | 'framework' | 'request' | 'completion' | 'note'
  readonly name: string
  /** Arguments that tell something: the state that a device comes from or goes to. */
  readonly detail: string
  /** States in which the callback was called. */
  readonly states: MachineStates
  /** Whether the driver has that callback. Always true for other kinds. */
  readonly implemented: boolean
  /** What it came back with; undefined while it has not come back. */
  status: number | undefined
}

export interface PnpTrace {
  readonly driver: string
  readonly scenario: ScenarioName
  readonly lines: readonly PnpTraceLine[]
  /** States at the end. */
  readonly states: MachineStates
  /** The callback that had not come back when the time was up. */
  readonly stuck: DeviceCallbackName | undefined
}

const DEFAULT_TIMEOUT_MS = 10_000

/**
 * Runs one scenario with one driver and tells every callback in order.
 * @throws DriverError when the driver cannot be loaded or EvtDriverDeviceAdd fails; RangeError for a scenario
 *   that does not exist.
 */
export async function tracePnp(options: TracePnpOptions): Promise<PnpTrace> {
  const scenario = scenarioOf(options.scenario)
  const recorder = new Recorder()
  const device = await addDevice(options, scenario, recorder)
  recorder.watch(device)
  const { pnp } = device
  let isOver = false
  const run = scenario.run({
    pnp,
    clock: recorder.clock,
    note: (text) => recorder.note(text),
    settle: () =>
      settle(
        () => pnp.isBusy,
        () => isOver,
      ),
  })
  const inTime = await before(run, options.timeoutMs ?? DEFAULT_TIMEOUT_MS)
  isOver = true
  const { lines } = recorder
  return {
    driver: String(options.driver),
    scenario: options.scenario,
    lines,
    states: recorder.states,
    stuck: inTime ? undefined : pendingCallback(lines),
  }
}

function scenarioOf(name: ScenarioName): PnpScenario {
  if (Object.hasOwn(PNP_SCENARIOS, name)) return PNP_SCENARIOS[name]
  throw new RangeError(`"${name}" is no scenario: ${Object.keys(PNP_SCENARIOS).join(', ')} are`)
}

async function addDevice(
  options: TracePnpOptions,
  scenario: PnpScenario,
  recorder: Recorder,
): Promise<Device> {
  const fail = { ...scenario.fail, ...options.fail }
  const { clock, observer } = recorder
  const framework = new Framework(0, 1, {
    wake: () => {},
    driverFault: () => {},
    machines: { clock, observer, wrap: failing(fail) },
  })
  await framework.addDevice({
    id: 0,
    name: 'traced',
    driver: String(options.driver),
    homeWorker: 0,
    parameters: options.parameters ?? {},
  })
  return framework.devices.get(0) as Device
}

/** Puts a failure in the place of callbacks. */
function failing(fail: Readonly<Partial<Record<DeviceCallbackName, number>>>) {
  return (callbacks: DeviceCallbacks): DeviceCallbacks => {
    const failed = Object.entries(fail).map(([name, status]) => [name, () => status] as const)
    return { ...callbacks, ...Object.fromEntries(failed) }
  }
}

/** Writes down what the machines tell. */
class Recorder {
  readonly clock = new ManualClock()
  readonly lines: PnpTraceLine[] = []
  #device: Device | undefined
  readonly #open = new Map<string, PnpTraceLine>()

  watch(device: Device): void {
    this.#device = device
  }

  get states(): MachineStates {
    const pnp = this.#device?.pnp
    return {
      pnp: pnp?.pnpState ?? 'ObjectCreated',
      power: pnp?.powerState ?? 'ObjectCreated',
      policy: pnp?.powerPolicyState ?? 'ObjectCreated',
    }
  }

  readonly observer: PnpObserver = {
    started: (name, implemented, args) => {
      const detail = args.filter((arg) => typeof arg === 'string').join(', ')
      this.#open.set(name, this.#line('callback', name, { detail, implemented }))
    },
    ended: (name, status) => this.#end(name, status),
    hostStarted: (step) => {
      this.#open.set(step, this.#line('framework', step))
    },
    hostEnded: (step: HostStep, status) => this.#end(step, status),
    requestIssued: (request) => this.#line('request', request),
    requestCompleted: (request, status) => {
      this.#line('completion', request).status = status
    },
    threw: (name, error) => this.note(`${name} threw: ${messageOf(error)}`),
    violated: (name, rule) => this.note(`${name} ${rule}`),
    stateChangeThrew: (state, error) =>
      this.note(`the state-change callback of ${state} threw: ${messageOf(error)}`),
  }

  note(text: string): void {
    this.#line('note', text)
  }

  #end(name: string, status: number): void {
    const line = this.#open.get(name)
    if (line !== undefined) line.status = status
    this.#open.delete(name)
  }

  #line(
    kind: PnpTraceLine['kind'],
    name: string,
    more: { readonly detail?: string; readonly implemented?: boolean } = {},
  ): PnpTraceLine {
    const { detail = '', implemented = true } = more
    const { states } = this
    const line = {
      atMs: this.clock.now,
      kind,
      name,
      detail,
      states,
      implemented,
      status: undefined,
    }
    this.lines.push(line)
    return line
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Turns of the event loop until no callback is under way. A scenario whose time is up is left where it stands. */
async function settle(isBusy: () => boolean, isOver: () => boolean): Promise<void> {
  while (isBusy() && !isOver()) await new Promise((resolve) => setTimeout(resolve, 1))
  if (isOver()) await new Promise<never>(() => {})
}

/** False when `run` has not ended after that many real milliseconds. */
async function before(run: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms)
  })
  const inTime = await Promise.race([run.then(() => true), late])
  clearTimeout(timer)
  return inTime
}

function pendingCallback(lines: readonly PnpTraceLine[]): DeviceCallbackName | undefined {
  const line = lines.findLast(({ kind, status }) => kind === 'callback' && status === undefined)
  return line?.name as DeviceCallbackName | undefined
}
