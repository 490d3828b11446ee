/**
 * Watch retrieval: how a driver finds requests in a queue and takes them. Runs on: worker.
 */
import type { FoundRequest } from '../framework/found-request.js'
import type { IoQueue } from '../framework/io-queue.js'
import type { Request } from '../framework/request.js'
import { currentActivation } from './activation.js'
import { interpose } from './interpose.js'
import type { Verifier } from './verifier.js'
import type { WatchedDevice } from './watched-device.js'

export function watchRetrieval(verifier: Verifier, queue: IoQueue, watched: WatchedDevice): void {
  const { requests } = verifier
  /** What was found here and not taken yet. */
  const found = new WeakSet<FoundRequest>()
  const take = (request: Request | null, how: string): Request | null => {
    if (request === null) return null
    const use = requests.useFor(request, watched)
    use.place = 'driver'
    use.queue = queue
    use.note(how)
    return requests.show(request, watched)
  }
  const next = (request: () => Request | null, how: string): Request | null => {
    if (currentActivation()?.foundIn.delete(queue) === true) {
      const message = `${how} was called where findRequest had found a request`
      verifier.violation('WdfIoQueueRetrieveNextRequest', message, { watched })
    }
    return take(request(), how)
  }
  interpose(verifier, queue, 'retrieveNextRequest', (proceed) =>
    next(proceed, 'retrieveNextRequest'),
  )
  interpose(verifier, queue, 'retrieveRequestByFileObject', (proceed, file) =>
    next(() => proceed(file), 'retrieveRequestByFileObject'),
  )
  interpose(verifier, queue, 'findRequest', (proceed, after, file) => {
    const seen = proceed(requests.realFound(after), file)
    if (seen === null) return null
    found.add(seen)
    currentActivation()?.foundIn.add(queue)
    return requests.showFound(seen, watched)
  })
  interpose(verifier, queue, 'retrieveFoundRequest', (proceed, shown) => {
    const seen = requests.realFound(shown)
    if (seen === null || seen === undefined) {
      const message = 'retrieveFoundRequest was called although findRequest had found nothing'
      verifier.violation('WdfIoQueueFindRequestFailed', message, { watched })
    } else if (!found.has(seen)) {
      const message = 'retrieveFoundRequest got what was taken already, or found in another queue'
      verifier.violation('WdfIoQueueRetrieveFoundRequest', message, { watched })
    } else found.delete(seen)
    currentActivation()?.foundIn.delete(queue)
    return take(proceed(seen), 'retrieveFoundRequest') as Request
  })
}
