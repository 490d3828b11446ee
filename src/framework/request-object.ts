/**
 * Requests as Framework objects: made when a driver first asks for `request.object`, ended with the request, and
 * used again for the next one that comes through the same place. Runs on: worker; never for a request whose driver
 * does not ask. Source: kmdf.md 7.1, 7.2.
 */
import { type ChildAttributes, FrameworkObject, type ObjectReports } from './framework-object.js'
import { parentFor } from './object-parent.js'
import { isThenable } from './pnp/state-machine.js'
import type { Request } from './request.js'

/** The object of a request that has none yet. @throws WdfViolation NULL_IRP when the request has ended. */
export function objectOfRequest(
  request: Request,
  reports: ObjectReports,
  attributes: ChildAttributes<Request> | undefined = request.ioQueue?.device.requestAttributes,
): FrameworkObject<Request> {
  const extras = request.useExtras()
  const { isDriverCreated, driver, spareObject: spare } = extras
  if (isDriverCreated) {
    const parent = parentFor('driverRequest', attributes?.parent, driver)
    const object = new FrameworkObject('driverRequest', request, parent, attributes, reports)
    extras.object = object
    return object
  }
  extras.spareObject = null
  if (spare === null) {
    extras.object = new FrameworkObject('request', request, null, attributes, reports)
  } else {
    spare.renew(attributes)
    extras.object = spare
  }
  return extras.object
}

/** A level of a stack hands its request on for good: its object ends. False when it has none. */
export function endObject(request: Request): boolean {
  const { extras } = request
  const object = extras?.object ?? null
  if (extras === null || object === null) return false
  extras.object = null
  extras.inputMemory = null
  extras.outputMemory = null
  releaseObject(request, object, object.dispose())
  return true
}

/**
 * Second half of the end of a request's object, after `dispose`. True: nobody holds it, and the request can stand for
 * another one. False: somebody does, and the request object has to stay what it is.
 */
export function releaseObject(
  request: Request,
  object: FrameworkObject<Request>,
  disposal: void | Promise<void>,
): boolean {
  if (isThenable(disposal)) {
    void disposal.then(() => object.release())
    return false
  }
  object.release()
  if (object.state !== 'destroyed') return false
  if (request.extras !== null) request.extras.spareObject = object
  return true
}
