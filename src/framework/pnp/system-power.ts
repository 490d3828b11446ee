/**
 * System power requests of one device, one at a time: the next one is sent when the one before it is done.
 * Runs on: the device's home worker. Source: IRP_MN_SET_POWER (system); kmdf.md 6.9.
 *
 * Sx is done when the device no longer holds the system back: it is down, or cannot be brought down. S0 is done
 * when the policy machine has taken it.
 * Invariants: one system power event is in the policy machine's queue at most; the system does not begin to sleep
 * in the middle of a Plug and Play request, and no such request begins while it sleeps. KMDF's machines rely on
 * that: asleep, the policy machine has no edge for a stop.
 */
import type { SystemPowerState } from './device-callbacks.js'

interface SystemRequest {
  readonly state: SystemPowerState
  readonly complete: () => void
}

export interface SystemPowerEvents {
  post(event: 'S0' | 'Sx'): void
  /** False while a Plug and Play request is under way. */
  mayLeaveS0(): boolean
  /** The system is at work, and no request is under way that would change it. */
  awake(): void
}

export class SystemPower {
  readonly #events: SystemPowerEvents
  readonly #requests: SystemRequest[] = []
  #state: SystemPowerState = 'S0'

  #isSent = false

  constructor(events: SystemPowerEvents) {
    this.#events = events
  }

  /** State that the device was told last. */
  get state(): SystemPowerState {
    return this.#state
  }

  /** True when the system is at work, and no request is under way that would change it. */
  get isAwake(): boolean {
    return this.#state === 'S0' && !this.#isSent
  }

  request(state: SystemPowerState): Promise<void> {
    return new Promise((complete) => {
      this.#requests.push({ state, complete })
      this.send()
    })
  }

  /** The device does not hold the system back. */
  asleep(): void {
    if (this.#isAt('Sx')) this.#done()
  }

  /** The policy machine has taken, or dropped, the event. */
  handled(event: string): void {
    if (event === 'S0' && this.#isAt('S0')) this.#done()
  }

  /** Sends the next request if it may be sent now. */
  send(): void {
    const [request] = this.#requests
    if (request === undefined || this.#isSent) return
    const event = eventOf(request.state)
    if (event === 'Sx' && this.isAwake && !this.#events.mayLeaveS0()) return
    this.#state = request.state
    this.#isSent = true
    this.#events.post(event)
  }

  #isAt(event: 'S0' | 'Sx'): boolean {
    return this.#isSent && eventOf(this.#requests[0]!.state) === event
  }

  #done(): void {
    this.#isSent = false
    this.#requests.shift()!.complete()
    this.send()
    if (this.isAwake) this.#events.awake()
  }
}

function eventOf(state: SystemPowerState): 'S0' | 'Sx' {
  return state === 'S0' ? 'S0' : 'Sx'
}
