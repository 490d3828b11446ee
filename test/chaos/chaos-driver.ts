/**
 * Chaos driver: does with each request what its offset says, notes in the shared log that it saw it, checks
 * and writes its bytes, and ends its thread when a control code asks for that. Runs on: worker.
 * Reads go to a parallel queue, writes to a sequential one, controls to one of their own.
 * Parameters: log (PresentedLog), deathsAtStart (a shared word), scope.
 */
import {
  defineDriver,
  type IoQueue,
  type Request,
  STATUS_CANCELLED,
  STATUS_SUCCESS,
  type SynchronizationScope,
} from '../../src/index.js'
import { CANCELABLE, FOREVER, HOLD, LATER, POLLS, THROW } from './behaviours.js'
import { fillFor, isFilledFor, nameOf, PresentedLog, WRONG_DATA } from './presented-log.js'
import { die } from './ways-to-die.js'

interface Parameters {
  readonly log: SharedArrayBuffer
  readonly deathsAtStart: SharedArrayBuffer
  readonly scope: SynchronizationScope
}

const HOLD_MS = 2
/** More than a transfer of any host, so that a queue is never stuck behind held requests for long. */
const READS_AT_ONCE = 64

function carryOut(request: Request, end: () => void): void {
  switch (nameOf(request.deviceOffset).behaviour) {
    case LATER:
      setImmediate(end)
      break
    case CANCELABLE: {
      const timer = setTimeout(() => {
        if (request.unmarkCancelable() === STATUS_SUCCESS) end()
      }, HOLD_MS)
      request.markCancelable(() => {
        clearTimeout(timer)
        request.complete(STATUS_CANCELLED)
      })
      break
    }
    case FOREVER:
      request.markCancelable(() => request.complete(STATUS_CANCELLED))
      break
    case HOLD:
      setTimeout(end, HOLD_MS)
      break
    case POLLS:
      if (request.isCanceled()) request.complete(STATUS_CANCELLED)
      else end()
      break
    case THROW:
      throw new Error('a request that shall fail')
    default:
      end()
  }
}

export default defineDriver({
  EvtDriverDeviceAdd(_driver, deviceInit) {
    const { log: memory, deathsAtStart, scope } = deviceInit.parameters as unknown as Parameters
    const log = new PresentedLog(memory)
    const deaths = new Int32Array(deathsAtStart)
    if (Atomics.load(deaths, 0) > 0) {
      Atomics.sub(deaths, 0, 1)
      process.exit(5)
    }
    const isEverywhere = scope === 'none'
    const device = deviceInit.createDevice({ synchronizationScope: scope })
    device.createIoQueue({
      dispatchType: 'parallel',
      numberOfPresentedRequests: READS_AT_ONCE,
      defaultQueue: true,
      EvtIoRead(_queue: IoQueue, request: Request, length: number) {
        const { deviceOffset } = request
        log.presented(nameOf(deviceOffset), false)
        carryOut(request, () => {
          fillFor(deviceOffset, request.retrieveOutputBuffer())
          request.completeWithInformation(STATUS_SUCCESS, length)
        })
      },
    })
    const writes = device.createIoQueue({
      dispatchType: isEverywhere ? 'parallel' : 'sequential',
      EvtIoWrite(_queue: IoQueue, request: Request, length: number) {
        const { deviceOffset } = request
        log.presented(nameOf(deviceOffset), !isEverywhere)
        carryOut(request, () => {
          if (!isFilledFor(deviceOffset, request.retrieveInputBuffer())) log.count(WRONG_DATA)
          request.completeWithInformation(STATUS_SUCCESS, length)
        })
      },
    })
    device.configureRequestDispatching(writes, 'write')
    const controls = device.createIoQueue({
      dispatchType: 'parallel',
      EvtIoDeviceControl: (_queue, request, _outputLength, _inputLength, code) =>
        die(request, code, deaths),
    })
    device.configureRequestDispatching(controls, 'deviceControl')
  },
})
