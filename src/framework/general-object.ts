/**
 * General object (WDFOBJECT): an object of a driver's own, for its contexts, its callbacks at the end, and as the
 * parent of others: delete it, and they go. Runs on: the worker that created it.
 */
import { type ChildAttributes, FrameworkObject } from './framework-object.js'

export class GeneralObject {
  /** Its place among the driver's objects. */
  readonly object: FrameworkObject<GeneralObject>

  /** @internal Drivers call `driver.createObject`. */
  constructor(parent: FrameworkObject, attributes: ChildAttributes<GeneralObject>) {
    this.object = new FrameworkObject<GeneralObject>('general', this, parent, attributes)
  }
}
