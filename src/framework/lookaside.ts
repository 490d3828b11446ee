/**
 * Lookaside list (WDFLOOKASIDE): memory objects of one size whose bytes are used again.
 * Runs on: the worker that created it. Source: WdfLookasideListCreate, WdfMemoryCreateFromLookaside; kmdf.md 7.1.
 *
 * Invariant: bytes are in the list or in one memory object, never both: they come back when that is destroyed.
 */
import { type ChildAttributes, FrameworkObject } from './framework-object.js'
import { Memory, newBytes } from './memory.js'
import { parentFor } from './object-parent.js'

export class Lookaside {
  /** Its place among the driver's objects. */
  readonly object: FrameworkObject<Lookaside>
  /** Of each memory object. */
  readonly byteLength: number
  private free: Uint8Array[] = []
  private readonly giveBack = (bytes: Uint8Array): void => {
    if (this.object.state === 'created') this.free.push(bytes)
  }

  /** @internal Drivers call `driver.createLookaside`. */
  constructor(byteLength: number, parent: FrameworkObject, attributes: ChildAttributes<Lookaside>) {
    // One is made at once, so that a bad length is refused here.
    this.free.push(newBytes(byteLength))
    this.byteLength = byteLength
    this.object = new FrameworkObject<Lookaside>('lookaside', this, parent, attributes)
  }

  /**
   * A memory object of the list; its bytes are as the last user left them. Its parent is the list's parent unless
   * another one is given. WdfMemoryCreateFromLookaside.
   * @throws WdfStatusError STATUS_DELETE_PENDING when the list, or the parent, is being deleted.
   */
  createMemory(attributes: ChildAttributes<Memory> = {}): Memory {
    const parent = parentFor('memory', attributes.parent, this.object.parent) ?? this.object
    this.object.checkUsable('memory of a lookaside list')
    const bytes = this.free.pop() ?? newBytes(this.byteLength)
    return new Memory(bytes, parent, attributes, this.giveBack)
  }

  /** @internal */
  dispose(): void {
    this.free = []
  }
}
