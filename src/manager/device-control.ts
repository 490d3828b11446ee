/**
 * Device control: what a host can do to a device besides sending it requests: power, stop, pull out.
 * Runs on: main. Each call resolves when the device's machines are done with it.
 */
import { statusName } from '../abi/ntstatus-name.js'
import type { PowerRequest } from '../irp/device-description.js'
import { EngineError } from './errors.js'

const STATES: readonly unknown[] = ['D0', 'D3']

/** What the engine does for it. */
export interface DeviceActions {
  power(request: PowerRequest): Promise<number>
  remove(isSurprise: boolean): Promise<void>
}

export class DeviceControl {
  readonly name: string
  readonly #actions: DeviceActions

  /** @internal Made by `engine.device`. */
  constructor(name: string, actions: DeviceActions) {
    this.name = name
    this.#actions = actions
  }

  /**
   * `D3`: the device goes down as soon as it has nothing to do, and comes up when a request arrives; `D0`: it
   * comes up and stays. Of a stack, its power policy owner is asked.
   * @throws EngineError ERR_IRP_DEVICE_POWER when it cannot, ERR_IRP_OPTION for another state.
   */
  async setPower(state: 'D0' | 'D3'): Promise<void> {
    if (!STATES.includes(state)) {
      throw new EngineError(
        'ERR_IRP_OPTION',
        `device "${this.name}" can be set to ${STATES.join(' or ')}, not to ${JSON.stringify(state)}`,
        state,
      )
    }
    await this.#ask(state)
  }

  /**
   * Takes the device's resources away and gives them back: query-stop, stop, start. False when its driver
   * refused; it runs on then. @throws EngineError ERR_IRP_DEVICE_POWER when it could not be started again.
   */
  async rebalance(): Promise<boolean> {
    if ((await this.#actions.power('queryStop')) < 0) {
      await this.#actions.power('cancelStop')
      return false
    }
    await this.#ask('stop')
    await this.#ask('start')
    return true
  }

  /** Asks the driver whether the device may go, and removes it. False when it refused; the device runs on. */
  async remove(): Promise<boolean> {
    if ((await this.#actions.power('queryRemove')) < 0) {
      await this.#actions.power('cancelRemove')
      return false
    }
    await this.#actions.remove(false)
    return true
  }

  /** The device has been pulled out: nobody is asked. */
  async surpriseRemove(): Promise<void> {
    await this.#actions.remove(true)
  }

  async #ask(request: PowerRequest): Promise<void> {
    const status = await this.#actions.power(request)
    if (status >= 0) return
    throw new EngineError(
      'ERR_IRP_DEVICE_POWER',
      `device "${this.name}" did not follow ${request}: ${statusName(status)}`,
      status,
    )
  }
}
