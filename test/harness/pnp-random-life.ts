/**
 * One random life of a device, repeatable by its seed. Runs on: the test's own thread.
 *
 * Each step does one thing that a host, a driver or the hardware may do; calls fail now and then and return at
 * once or some steps later. At its end everything is let go, and the device is removed.
 */
import type { Random } from '../../native-sim/random.js'
import { STATUS_SUCCESS, STATUS_UNSUCCESSFUL } from '../../src/abi/ntstatus.js'
import type { Device } from '../../src/framework/device.js'
import { ManualClock } from '../../src/framework/pnp/clock.js'
import {
  DEVICE_CALLBACK_NAMES,
  type DeviceCallbacks,
} from '../../src/framework/pnp/device-callbacks.js'
import { DevicePnp } from '../../src/framework/pnp/device-pnp.js'
import type { PnpObserver } from '../../src/framework/pnp/pnp-context.js'
import type { PnpPowerHost } from '../../src/framework/pnp/pnp-power-host.js'
import { PnpInvariants } from './pnp-invariants.js'
import { HOST_STEPS } from './pnp-stage.js'

/** Of a hundred calls, how many fail and how many return later. */
const FAILURES = 3
const LATE = 30

type Action = (life: RandomLife) => void

export class RandomLife {
  readonly invariants = new PnpInvariants()
  readonly clock = new ManualClock()
  readonly pnp: DevicePnp
  readonly isPolicyOwner: boolean
  readonly isPdo: boolean
  /** Requests that were made and have not ended. */
  pending = 0
  requests = 0
  readonly #random: Random
  readonly #gates: (() => void)[] = []
  /** Each life does some of what can be done: fewer things, more often, lead further. */
  readonly #actions: readonly Action[]
  #wakeInterruptsTold = 0
  #references = 0
  #isEnding = false

  constructor(random: Random, observer: PnpObserver) {
    this.#random = random
    this.isPdo = this.chance(30)
    this.isPolicyOwner = this.chance(75)
    const actions = this.isPolicyOwner ? OWNER_ACTIONS : OTHER_ACTIONS
    const some = actions.filter(() => this.chance(50))
    this.#actions = some.length === 0 ? actions : some
    this.pnp = new DevicePnp({
      device: { name: 'random' } as Device,
      clock: this.clock,
      kind: this.isPdo ? 'pdo' : 'fdo',
      isPowerPolicyOwner: this.isPolicyOwner,
      isPowerPageable: this.chance(70),
      callbacks: this.#callbacks(),
      ...(this.chance(15) ? { extensions: [this.#extension()] } : {}),
      host: this.#host(),
      observer: {
        ...observer,
        transition: (_machine, { type, currentState }) => {
          // A child that starts anew has forgotten its references.
          if (type === 'leave' && currentState === 'PdoRestart') this.#references = 0
        },
      },
    })
  }

  chance(percent: number): boolean {
    return this.#random.nextBelow(100) < percent
  }

  pick<T>(from: readonly T[]): T {
    return from[this.#random.nextBelow(from.length)]!
  }

  /** Most lives begin with a start. */
  begin(): void {
    if (this.chance(90)) this.watch(this.pnp.start())
    if (this.isPolicyOwner && this.chance(70)) setIdle(this)
    if (this.isPolicyOwner && this.chance(50)) this.pnp.assignSxWakeSettings({})
  }

  /** One step of the life. */
  async step(): Promise<void> {
    this.pick(this.#actions)(this)
    // Promises that were released, and what follows from them.
    await microtasks(4)
  }

  /** Everything comes back, and the device is removed. Throws when something is left over. */
  async end(): Promise<void> {
    this.#isEnding = true
    await this.#settle()
    void this.pnp.setSystemPower('S0')
    await this.#settle()
    for (let tries = 0; this.pnp.pnpState !== 'Final'; tries++) {
      if (tries > 4) throw new Error(`does not end: ${this.pnp.pnpState} ${this.pnp.powerState}`)
      this.watch(this.pnp.surpriseRemove())
      await this.#settle()
      this.watch(this.pnp.remove())
      await this.#settle()
    }
    this.invariants.final()
    if (this.pending !== 0) throw new Error(`${this.pending} requests have not ended`)
  }

  /** Counts a request until it ends. */
  watch(request: Promise<unknown>): void {
    this.pending++
    this.requests++
    void request.then(() => this.pending--)
  }

  release(): void {
    this.#gates.splice(this.#random.nextBelow(this.#gates.length + 1), 1)[0]?.()
  }

  answerWakeInterrupts(): void {
    if (this.#wakeInterruptsTold === 0) return
    this.#wakeInterruptsTold--
    this.pnp.wakeInterruptsReady()
  }

  reference(): void {
    if (this.pnp.powerReference() === STATUS_SUCCESS) this.#references++
  }

  dereference(): void {
    if (this.#references === 0) return
    this.#references--
    this.pnp.powerDereference()
  }

  async #settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; quiet++) {
      if (this.#gates.length > 0 || this.#wakeInterruptsTold > 0) quiet = 0
      for (const gate of this.#gates.splice(0)) gate()
      this.answerWakeInterrupts()
      await microtasks(8)
    }
  }

  #callbacks(): DeviceCallbacks {
    const names = DEVICE_CALLBACK_NAMES.filter(
      (name) => name !== 'EvtDeviceArmWakeFromSxWithReason' || this.chance(30),
    )
    return Object.fromEntries(names.map((name) => [name, () => this.#call(name)]))
  }

  #call(name: Parameters<PnpInvariants['begin']>[0]): unknown {
    const status = !this.#isEnding && this.chance(FAILURES) ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS
    this.invariants.begin(name)
    const end = (): number => {
      this.invariants.end(name, status === STATUS_SUCCESS)
      return status
    }
    if (this.#isEnding || !this.chance(LATE)) return end()
    return new Promise<void>((resolve) => this.#gates.push(resolve)).then(end)
  }

  /** A class extension that fails now and then, before the driver or after it. */
  #extension(): { pre: DeviceCallbacks; post: DeviceCallbacks } {
    const fail = (): number => (!this.#isEnding && this.chance(FAILURES) ? -1 : STATUS_SUCCESS)
    // Only around what brings the device up: on the way down nothing asks what an extension says.
    const names = [
      'EvtDevicePrepareHardware',
      'EvtDeviceD0EntryPostHardwareEnabled',
      'EvtDeviceArmWakeFromS0',
      'EvtDeviceArmWakeFromSx',
    ] as const
    const entries = names.map((name) => [name, fail] as const)
    return { pre: Object.fromEntries(entries), post: Object.fromEntries(entries) }
  }

  #host(): PnpPowerHost {
    const steps = Object.fromEntries(HOST_STEPS.map((step) => [step, () => this.#call(step)]))
    const systemManagedIdle = { declareIdle: () => this.chance(50), requestActive: () => {} }
    return {
      ...steps,
      isPresent: () => !this.#isEnding && this.chance(50),
      routeDevicePower: () => {
        if (this.#isEnding || !this.chance(FAILURES)) return 'sent'
        return this.chance(50) ? 'refused' : 'not seen'
      },
      sendWaitWake: () => (this.chance(FAILURES) ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS),
      wakeInterruptCount: this.chance(20) ? 1 : 0,
      notifyWakeInterrupts: (notice) => {
        if (notice !== 'D0 entry failed') this.#wakeInterruptsTold++
      },
      ...(this.chance(25) ? { systemManagedIdle } : {}),
    }
  }
}

const COMMON_ACTIONS: readonly Action[] = [
  (life) => life.watch(life.pnp.start()),
  (life) => life.watch(life.pnp.start()),
  (life) => life.watch(life.pnp.queryStop()),
  (life) => life.watch(life.pnp.cancelStop()),
  (life) => life.watch(life.pnp.stop()),
  (life) => life.watch(life.pnp.queryRemove()),
  (life) => life.watch(life.pnp.cancelRemove()),
  (life) => {
    if (life.chance(8)) life.watch(life.pnp.remove())
  },
  (life) => {
    if (life.chance(8)) life.watch(life.pnp.surpriseRemove())
  },
  (life) => {
    if (life.isPdo && life.chance(30)) life.watch(life.pnp.eject())
  },
  (life) => life.release(),
  (life) => life.release(),
  (life) => life.release(),
  (life) => life.answerWakeInterrupts(),
  (life) => life.pnp.setPowerPageable(life.chance(50)),
  (life) => void life.pnp.signalWake(),
  (life) => void life.pnp.failWaitWake(STATUS_UNSUCCESSFUL),
  (life) => life.clock.advance(50),
]

/** Idle settings of some kind. */
const setIdle: Action = (life) =>
  life.pnp.assignS0IdleSettings({
    enabled: life.chance(90),
    wakeFromS0Capable: life.chance(70),
    idleTimeoutMs: 50,
    powerUpIdleDeviceOnSystemWake: life.chance(50),
  })

const OWNER_ACTIONS: readonly Action[] = [
  ...COMMON_ACTIONS,
  (life) => life.watch(life.pnp.setSystemPower('S3')),
  (life) => life.watch(life.pnp.setSystemPower('S0')),
  (life) => life.watch(life.pnp.setSystemPower('S0')),
  setIdle,
  (life) => life.pnp.assignSxWakeSettings({ enabled: life.chance(80) }),
  (life) => life.clock.advance(50),
  (life) => life.clock.advance(50),
  (life) => life.reference(),
  (life) => life.dereference(),
  (life) => life.watch(life.pnp.powerReferenceAndWait()),
  (life) => life.pnp.wakeInterruptFired(),
  (life) => life.pnp.devicePowerNotRequired(),
  (life) => life.pnp.devicePowerRequired(),
  (life) => {
    if (life.chance(5)) life.watch(life.pnp.setFailed('noRestart'))
  },
]

const OTHER_ACTIONS: readonly Action[] = [
  ...COMMON_ACTIONS,
  (life) => life.watch(life.pnp.setDevicePower('D3')),
  (life) => life.watch(life.pnp.setDevicePower('D0')),
  (life) => life.watch(life.pnp.setDevicePower('D0')),
  (life) => void life.pnp.waitWake(),
  (life) => void life.pnp.cancelWaitWake(),
]

async function microtasks(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve()
}
