// What the producer's thread tells main. Structured clone drops an error's class and code, so errors travel as
// plain data and are made again on the other side.
// Runs on: both.

import { EngineError, type EngineErrorCode, IrpError } from '../src/index.js'
import type { ChannelDescriptor } from '../src/index.js'
import type { ProducerPlan } from './producer-options.js'
import type { ProducerReport } from './producer-report.js'

/** The thread's workerData. */
export interface ProducerJob {
  readonly plan: ProducerPlan
  readonly channel: ChannelDescriptor
  /** Word 0: main writes 1 to stop the producer. */
  readonly stopWords: Int32Array
}

export type ProducerMessage =
  /** The device is open and the first request on its way. */
  | { readonly kind: 'started' }
  | { readonly kind: 'finished'; readonly report: ProducerReport }
  | { readonly kind: 'failed'; readonly error: ErrorData }

export interface ErrorData {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  readonly code: string | undefined
  /** Of an IrpError. */
  readonly irp?: {
    readonly ntstatus: number
    readonly operation: string
    readonly information: number
  }
  /** Of an EngineError; `value` is text, whatever it was. */
  readonly engine?: { readonly code: EngineErrorCode; readonly value: string }
}

export function describeError(error: unknown): ErrorData {
  if (!(error instanceof Error)) {
    return { name: 'Error', message: String(error), stack: undefined, code: undefined }
  }
  const { name, message, stack } = error
  const code = 'code' in error ? String(error.code) : undefined
  const data = { name, message, stack, code }
  if (error instanceof IrpError) {
    const { ntstatus, operation, information } = error
    return { ...data, irp: { ntstatus, operation, information } }
  }
  if (!(error instanceof EngineError)) return data
  return { ...data, engine: { code: error.code, value: String(error.value) } }
}

export function rebuildError(data: ErrorData): Error {
  const error = emptyError(data)
  if (data.stack !== undefined) error.stack = data.stack
  return error
}

function emptyError({ name, message, code, irp, engine }: ErrorData): Error {
  if (irp !== undefined) return new IrpError(irp.ntstatus, irp.operation, irp.information)
  if (engine !== undefined) return new EngineError(engine.code, message, engine.value)
  return Object.assign(new Error(message), { name }, code === undefined ? {} : { code })
}
