/**
 * Rules about reading a request: its parameters, its file, its context. Runs on: worker.
 */
import type { RequestCall } from './request-call.js'

/** Checks the access, which then happens. */
type AccessRule = (call: RequestCall) => void

function parameter(call: RequestCall): void {
  alive(call)
  const { activation } = call
  if (activation?.info.kind === 'stop') {
    call.violation('EvtIoStopGetParam', `EvtIoStop read ${call.name}`)
  } else if (activation?.info.kind === 'resume') {
    call.violation('EvtIoResumeGetParam', `EvtIoResume read ${call.name}`)
  }
}

/** Reading what is over harms nobody but its reader, who is told. EvtCleanup and EvtDestroy may. */
export function alive(call: RequestCall): void {
  const { use, activation } = call
  if (!use.isOver || activation?.info.kind === 'request-end') return
  // Ended by the Framework behind its driver's back: an error of its own has been told already.
  if (use.ending === null || use.ending === 'by the Framework') return
  call.violation(
    use.isDriverCreated ? 'InvalidReqAccessLocal' : 'InvalidReqAccess',
    `${call.name} was used after the request was ${use.ending}`,
  )
}

function fileObject(call: RequestCall): void {
  alive(call)
  if (call.use.watched.hasFileConfig) return
  call.violation('FileObjectConfigured', 'fileObject was read by a driver without file objects')
}

export const ACCESS_RULES: Readonly<Record<string, AccessRule>> = {
  length: parameter,
  deviceOffset: parameter,
  ioControlCode: parameter,
  inputBufferLength: parameter,
  outputBufferLength: parameter,
  majorFunction: parameter,
  fileObject,
  fileId: alive,
  ioQueue: alive,
  context: alive,
}
