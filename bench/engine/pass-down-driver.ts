/**
 * pass-down-driver.ts: a level above others that hands every request down. Parameter `how`: 'forget'
 * (send-and-forget) or 'routine' (a completion routine that completes with what came back).
 *
 * Runs on: worker. HOT: nothing is allocated per request.
 */
import { defineDriver } from '../../src/index.js'
import type { CompletionParams, IoQueue, IoTarget, Request } from '../../src/index.js'

const SEND_AND_FORGET = { sendAndForget: true } as const

function forgettingEvtIoDefault(queue: IoQueue, request: Request): void {
  if (!request.send(queue.device.ioTarget, SEND_AND_FORGET)) request.complete(request.getStatus())
}

function routineEvtIoDefault(queue: IoQueue, request: Request): void {
  request.formatRequestUsingCurrentType()
  request.setCompletionRoutine(passUp)
  if (!request.send(queue.device.ioTarget)) request.complete(request.getStatus())
}

function passUp(request: Request, _target: IoTarget, params: CompletionParams): void {
  request.completeWithInformation(params.status, params.information)
}

export default defineDriver({
  EvtDriverDeviceAdd(_driver, deviceInit) {
    const { how } = deviceInit.parameters as { how: 'forget' | 'routine' }
    deviceInit.createDevice({ synchronizationScope: 'device' }).createIoQueue({
      dispatchType: 'sequential',
      defaultQueue: true,
      EvtIoDefault: how === 'forget' ? forgettingEvtIoDefault : routineEvtIoDefault,
    })
  },
})
