/**
 * Warnings: what nobody listened for, as process warnings; not more than a few, so that a fault that repeats
 * does not drown the rest. Runs on: main.
 */
const MAX_WARNINGS = 10

export class Warnings {
  #count = 0

  /** `what` went wrong, because of `error`, whatever was thrown. */
  tell(what: string, error: unknown): void {
    if (this.#count++ >= MAX_WARNINGS) return
    const { message = String(error), stack } = error as { message?: string; stack?: string }
    process.emitWarning(`${what}: ${message}`, {
      type: 'IrpoolWarning',
      ...(stack === undefined ? {} : { detail: stack }),
    })
  }
}
