/**
 * Collection (WDFCOLLECTION): an ordered list of Framework objects, each of which it references while it is in it.
 * Runs on: the worker that created it. Source: WdfCollectionAdd and its like; kmdf.md 7.1.
 */
import { STATUS_NOT_FOUND } from '../abi/ntstatus.js'
import { WdfStatusError } from './errors.js'
import { type ChildAttributes, FrameworkObject, type ObjectHandle } from './framework-object.js'

const TAG = 'collection'

export class Collection<Item extends ObjectHandle = ObjectHandle> {
  /** Its place among the driver's objects. */
  readonly object: FrameworkObject<Collection>
  private items: Item[] = []

  /** @internal Drivers call `driver.createCollection`. */
  constructor(parent: FrameworkObject, attributes: ChildAttributes<Collection>) {
    this.object = new FrameworkObject<Collection>('collection', this, parent, attributes)
  }

  /** WdfCollectionGetCount. */
  get count(): number {
    return this.items.length
  }

  /** WdfCollectionGetFirstItem, null when it is empty. */
  get first(): Item | null {
    return this.items[0] ?? null
  }

  /** WdfCollectionGetLastItem, null when it is empty. */
  get last(): Item | null {
    return this.items.at(-1) ?? null
  }

  /** The item at that place, null when there is none. WdfCollectionGetItem. */
  item(index: number): Item | null {
    return this.items[index] ?? null
  }

  /** Adds it at the end. WdfCollectionAdd. @throws WdfStatusError STATUS_DELETE_PENDING */
  add(item: Item): void {
    this.object.checkUsable('an item of a collection')
    item.object.reference(TAG)
    this.items.push(item)
  }

  /** Takes its first place out. WdfCollectionRemove. @throws WdfStatusError STATUS_NOT_FOUND */
  remove(item: Item): void {
    this.removeItem(this.items.indexOf(item))
  }

  /** Takes the item at that place out. WdfCollectionRemoveItem. @throws WdfStatusError STATUS_NOT_FOUND */
  removeItem(index: number): void {
    const item = this.items[index]
    if (item === undefined) {
      throw new WdfStatusError(STATUS_NOT_FOUND, 'the collection does not have it', index)
    }
    this.items.splice(index, 1)
    item.object.dereference(TAG)
  }

  /** @internal */
  dispose(): void {
    for (const { object } of this.items.splice(0)) object.dereference(TAG)
  }

  [Symbol.iterator](): IterableIterator<Item> {
    return this.items.values()
  }
}
