/**
 * A bus driver's device and the power of its children: a child may be in D0 only while its parent is, and holds
 * a power reference on it for so long. Runs on: the home worker of the parent, which is the children's too.
 * Source: [WDF] PowerPolicyCanChildPowerUp and its like; kmdf.md 6.8 (StartingChild, WaitForParent).
 */
import { isSuccess, STATUS_PENDING, STATUS_SUCCESS } from '../../abi/ntstatus.js'
import type { IdleReferences } from './idle-references.js'

/** A child that waits for its parent. */
export interface WaitingChild {
  parentInD0(): void
}

export class ChildPower {
  readonly #idle: IdleReferences
  readonly #isPolicyOwner: boolean
  readonly #waiting = new Set<WaitingChild>()
  /** Children whose power reference is held; one that the device lost when it failed is not. */
  readonly #holding = new Set<WaitingChild>()
  #canPowerUp = false
  #poweredOn = 0
  /** Children that are armed for wake. */
  armed = 0

  constructor(idle: IdleReferences, isPolicyOwner: boolean) {
    this.#idle = idle
    this.#isPolicyOwner = isPolicyOwner
  }

  /** Children in D0, or on the way. */
  get poweredOn(): number {
    return this.#poweredOn
  }

  /**
   * A child wants to go to D0.
   * @returns STATUS_SUCCESS: it may; STATUS_PENDING: it is told when; a failure: it may not, ever.
   */
  powerUp(child: WaitingChild): number {
    if (!this.#isPolicyOwner) {
      this.#poweredOn++
      return STATUS_SUCCESS
    }
    // Before the reference is taken: the parent may be in D0 by the time that the call returns.
    this.#waiting.add(child)
    const status = this.#idle.reference((settled) => {
      if (!isSuccess(settled)) this.#holding.delete(child)
    })
    if (!isSuccess(status)) {
      this.#waiting.delete(child)
      return status
    }
    this.#holding.add(child)
    this.#poweredOn++
    if (status === STATUS_PENDING || !this.#canPowerUp) return STATUS_PENDING
    this.#waiting.delete(child)
    return STATUS_SUCCESS
  }

  /** A child has left D0, or failed to enter it. */
  poweredDown(child: WaitingChild): void {
    this.#waiting.delete(child)
    this.#poweredOn--
    if (this.#holding.delete(child)) this.#idle.dereference()
  }

  /** The parent is in D0: children that wait go on. */
  allow(): void {
    this.#canPowerUp = true
    for (const child of Array.from(this.#waiting)) {
      this.#waiting.delete(child)
      child.parentInD0()
    }
  }

  /** The parent is about to leave D0. */
  block(): void {
    this.#canPowerUp = false
  }
}
