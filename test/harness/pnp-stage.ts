/**
 * A device's machines with a driver and a host that write down each call, and fail where they are told to.
 * Runs on: the test's own thread; no clock but the one that the test moves.
 *
 * Log lines: `D0Entry D3Final` a callback (without EvtDevice) with what it was told, `[holdQueues]` a step of the
 * Framework, `> Stop` a request, `< Stop STATUS_SUCCESS` its end.
 */
import { STATUS_SUCCESS, STATUS_UNSUCCESSFUL } from '../../src/abi/ntstatus.js'
import { statusName } from '../../src/abi/ntstatus-name.js'
import type { Device } from '../../src/framework/device.js'
import { ManualClock } from '../../src/framework/pnp/clock.js'
import {
  DEVICE_CALLBACK_NAMES,
  type DeviceCallbackName,
  type DeviceCallbacks,
} from '../../src/framework/pnp/device-callbacks.js'
import { DevicePnp } from '../../src/framework/pnp/device-pnp.js'
import type {
  DevicePnpOptions,
  HostStep,
  PnpObserver,
} from '../../src/framework/pnp/pnp-context.js'
import type { PnpPowerHost } from '../../src/framework/pnp/pnp-power-host.js'

/** All that a host is asked for. */
export const HOST_STEPS: readonly HostStep[] = [
  'holdQueues',
  'resumeQueues',
  'purgePowerManagedQueues',
  'purgeOtherQueues',
  'connectInterrupts',
  'disconnectInterrupts',
  'enableDma',
  'disableDma',
  'scanChildren',
  'enableInterfaces',
  'disableInterfaces',
  'startLowerDrivers',
  'initializePowerManagement',
  'disposeDevice',
]
/** Steps that are there in each trace and tell nothing: left out unless a test asks for them. */
const QUIET: readonly string[] = [
  'FilterRemoveResourceRequirements',
  'FilterAddResourceRequirements',
  'RemoveAddedResources',
  '[startLowerDrivers]',
  '[initializePowerManagement]',
]

type Call = DeviceCallbackName | HostStep
/** What a call does: a status, or a function to be called instead. */
export type Outcome = number | (() => unknown)

export interface StageOptions extends Partial<Omit<DevicePnpOptions, 'device' | 'callbacks'>> {
  readonly name?: string
  readonly parent?: PnpStage
  /** With EvtDeviceArmWakeFromSxWithReason. */
  readonly withReason?: boolean
  /** Also writes down what QUIET leaves out. */
  readonly verbose?: boolean
  readonly log?: string[]
}

export class PnpStage {
  readonly log: string[]
  readonly clock: ManualClock
  readonly pnp: DevicePnp
  /** Events that were dropped, `machine event state`; known ones with `(known)` behind. */
  readonly drops: string[] = []
  /** What callbacks and steps do; STATUS_SUCCESS when not named. */
  readonly outcomes = new Map<Call, Outcome>()
  /** `machine state` of each state entered. */
  readonly states: string[] = []
  readonly notes: string[] = []
  readonly #verbose: boolean

  constructor(options: StageOptions = {}) {
    const { name = 'dev', parent, withReason = false, verbose = false, host, ...rest } = options
    this.log = options.log ?? []
    this.clock = (options.clock as ManualClock | undefined) ?? parent?.clock ?? new ManualClock()
    this.#verbose = verbose
    this.pnp = new DevicePnp({
      ...rest,
      clock: this.clock,
      device: { name } as Device,
      callbacks: this.#callbacks(withReason),
      host: { ...this.#steps(), ...host },
      observer: { ...this.#observer(), ...options.observer },
      ...(parent === undefined ? {} : { parent: parent.pnp }),
    })
  }

  /** These calls fail from now on. */
  fail(...calls: readonly Call[]): this {
    for (const call of calls) this.outcomes.set(call, STATUS_UNSUCCESSFUL)
    return this
  }

  /** The log since the last time. */
  take(): string[] {
    return this.log.splice(0)
  }

  /** Started, and the log forgotten. */
  async started(): Promise<this> {
    const status = await this.pnp.start()
    if (status !== STATUS_SUCCESS) throw new Error(`the start failed: ${statusName(status)}`)
    this.log.length = 0
    return this
  }

  /** PnP, power and power policy state. */
  get state(): string {
    const { pnpState, powerState, powerPolicyState } = this.pnp
    return `${pnpState} ${powerState} ${powerPolicyState}`
  }

  #callbacks(withReason: boolean): DeviceCallbacks {
    const names = DEVICE_CALLBACK_NAMES.filter(
      (name) => withReason || name !== 'EvtDeviceArmWakeFromSxWithReason',
    )
    const entries = names.map((name) => [
      name,
      (_device: Device, ...args: readonly unknown[]) => {
        const told = args.filter((arg) => !Array.isArray(arg)).map((arg) => ` ${String(arg)}`)
        this.#write(name.replace('EvtDevice', '') + told.join(''))
        return this.#outcome(name)
      },
    ])
    return Object.fromEntries(entries) as DeviceCallbacks
  }

  #steps(): PnpPowerHost {
    const entries = HOST_STEPS.map((step) => [
      step,
      (...args: readonly unknown[]) => {
        this.#write(args[0] === true ? `[${step} armed]` : `[${step}]`)
        return this.#outcome(step)
      },
    ])
    return Object.fromEntries(entries) as PnpPowerHost
  }

  #observer(): PnpObserver {
    return {
      transition: (machine, notification) => {
        if (notification.type === 'enter') this.states.push(`${machine} ${notification.newState}`)
      },
      dropped: (machine, event, state, known) =>
        this.drops.push(`${machine} ${event} ${state}${known ? ' (known)' : ''}`),
      refused: (machine, event, why) => this.drops.push(`${machine} ${event} ${why}`),
      threw: (name, error) => this.notes.push(`${name} threw ${String(error)}`),
      violated: (name, rule) => this.notes.push(`${name} ${rule}`),
      overdue: (name, ms) => this.notes.push(`${name} overdue ${ms}`),
      hostThrew: (step, error) => this.notes.push(`${step} threw ${String(error)}`),
      stateChangeThrew: (state, error) => this.notes.push(`${state} threw ${String(error)}`),
      requestIssued: (request) => this.#write(`> ${request}`),
      requestCompleted: (request, status) => this.#write(`< ${request} ${statusName(status)}`),
    }
  }

  #outcome(call: Call): unknown {
    const outcome = this.outcomes.get(call)
    return typeof outcome === 'function' ? outcome() : outcome
  }

  #write(line: string): void {
    if (this.#verbose || !QUIET.includes(line)) this.log.push(line)
  }
}

/** The lines of a trace written as text, one a line. */
export function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
}
