/**
 * Returning devices: which devices a successor has not started again yet, and who waits for them. Runs on: main.
 *
 * A successor starts its devices one after the other, in the order in which they were added. A device that opens
 * another one while it starts waits until that one is back, wherever that is; devices that were added first wait
 * for none that came later, so such waits end. A driver that opens a later one (it was added while that was there
 * already) may close a circle: whoever closes it is refused with STATUS_POSSIBLE_DEADLOCK and the circle's names,
 * and the others go on.
 */
import { STATUS_POSSIBLE_DEADLOCK } from '../abi/ntstatus.js'

/** A device with the workers that have a part of it, home first. */
interface Placed {
  readonly spec: { readonly id: number; readonly name: string }
  readonly workers: readonly number[]
}

/** A device that is on `worker` waits for another one. */
interface Wait {
  readonly worker: number
  readonly opener: number
  readonly target: number
}

export class DeadlockError extends Error {
  readonly code = 'STATUS_POSSIBLE_DEADLOCK'
  readonly ntstatus = STATUS_POSSIBLE_DEADLOCK
  /** The device that waits for itself in the end. */
  readonly value: string

  constructor(device: string, circle: readonly string[]) {
    super(
      `devices would wait for each other: ${circle.join('; ')}: open such devices after the start`,
    )
    this.name = 'DeadlockError'
    this.value = device
  }
}

export class ReturningDevices {
  readonly #devices: ReadonlyMap<number, Placed>
  /** Of each worker that is being replaced: devices that are not back, the one that is being started first. */
  readonly #missing = new Map<number, Set<number>>()
  readonly #waits = new Set<Wait>()
  #whenChanged: (() => void)[] = []

  constructor(devices: ReadonlyMap<number, Placed>) {
    this.#devices = devices
  }

  /** A worker has died: its successor will bring its devices back. */
  expect(worker: number): void {
    const ids = [...this.#devices.values()].filter(({ workers }) => workers.includes(worker))
    this.#missing.set(worker, new Set(ids.map(({ spec }) => spec.id)))
    // What its devices waited for they ask for again.
    for (const wait of this.#waits) if (wait.worker === worker) this.#waits.delete(wait)
    this.#changed()
  }

  /** A device runs again, on that worker or on all, or will not come back. */
  settled(id: number, worker?: number): void {
    for (const [of, missing] of this.#missing) {
      if (worker === undefined || of === worker) missing.delete(id)
    }
    this.#changed()
  }

  /** A worker has all its devices, or nobody will bring them back. */
  done(worker: number): void {
    this.#missing.delete(worker)
    this.#changed()
  }

  /** Nobody on `worker` has to bring that device back first. */
  isBack(id: number, worker: number): boolean {
    return this.#missing.get(worker)?.has(id) !== true
  }

  /**
   * Waits until a device is back on all its workers, or will never be. `opener`: who waits, on `worker`.
   * @throws DeadlockError when it waits for the opener.
   */
  async whenBack(target: number, opener: number, worker: number): Promise<void> {
    const wait: Wait = { worker, opener, target }
    if (this.#isBack(target)) return
    const circle = this.#circle(wait, wait, new Set())
    if (circle !== undefined) throw new DeadlockError(this.#nameOf(opener), circle)
    this.#waits.add(wait)
    while (this.#waits.has(wait) && !this.#isBack(target)) {
      await new Promise<void>((resolve) => this.#whenChanged.push(resolve))
    }
    this.#waits.delete(wait)
  }

  /** Which devices wait for which, for people: `"a" (worker 0) waits for "b"`. */
  describeWaits(): string[] {
    return Array.from(this.#waits, (wait) => this.#describe(wait))
  }

  #isBack(id: number): boolean {
    for (const missing of this.#missing.values()) if (missing.has(id)) return false
    return true
  }

  /** How `from` waits for the start that `asked` is made in, step by step; undefined if it does not. */
  #circle(from: Wait, asked: Wait, seen: Set<Wait>): string[] | undefined {
    seen.add(from)
    for (const [worker, missing] of this.#missing) {
      if (!missing.has(from.target)) continue
      const [starting] = missing
      const step = this.#describe(from) + this.#behind(from.target, starting, worker)
      if (worker === asked.worker && starting === asked.opener) return [step]
      for (const next of this.#waits) {
        if (next.worker !== worker || next.opener !== starting || seen.has(next)) continue
        const rest = this.#circle(next, asked, seen)
        if (rest !== undefined) return [step, ...rest]
      }
    }
    return undefined
  }

  #describe({ opener, worker, target }: Wait): string {
    return `"${this.#nameOf(opener)}" (worker ${worker}) waits for "${this.#nameOf(target)}"`
  }

  #behind(target: number, starting: number | undefined, worker: number): string {
    if (starting === undefined || starting === target) return ''
    return `, which worker ${worker} starts after "${this.#nameOf(starting)}"`
  }

  #nameOf(id: number): string {
    return this.#devices.get(id)?.spec.name ?? `device ${id}`
  }

  #changed(): void {
    const waiting = this.#whenChanged
    this.#whenChanged = []
    for (const resolve of waiting) resolve()
  }
}
