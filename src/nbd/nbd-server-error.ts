/**
 * NBD server error: options that cannot be, an address that cannot be had. Runs on: host.
 */
export type NbdServerErrorCode = 'ERR_IRP_NBD_OPTION' | 'ERR_IRP_NBD_LISTEN'

export class NbdServerError extends Error {
  override readonly name = 'NbdServerError'
  readonly code: NbdServerErrorCode
  /** The offending value. */
  readonly value: unknown

  constructor(code: NbdServerErrorCode, message: string, value: unknown, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.value = value
  }
}
