/**
 * Errors of this package: a stable `code`, the offending value, what to do. Runs on: any thread.
 */
export type QueueErrorCode =
  | 'ERR_IRP_CAPACITY'
  | 'ERR_IRP_MEMORY'
  | 'ERR_IRP_NOT_A_RING'
  | 'ERR_IRP_ARENA_FULL'

export class QueueError extends Error {
  readonly code: QueueErrorCode
  readonly value: unknown

  constructor(code: QueueErrorCode, message: string, value: unknown) {
    super(message)
    this.name = 'QueueError'
    this.code = code
    this.value = value
  }
}
