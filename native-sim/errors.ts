// The errors of the simulated hardware: a bad option, a block trace that cannot be used, a producer's thread that
// died. Runs on: any thread. All carry a stable `code`; a crossing between threads by structured clone keeps
// only `message` and `stack`, so the message says everything by itself.

/** How much of a foreign text an error message quotes. */
const QUOTED_CHARACTERS = 80

/** An option of the simulated hardware is out of range: a mistake of the caller's, found before anything runs. */
export class SimulationError extends RangeError {
  override readonly name = 'SimulationError'
  readonly code = 'ERR_IRP_SIMULATION_OPTION'
  readonly option: string
  readonly value: unknown

  /** @param expected completes the sentence "`option` must be …". */
  constructor(option: string, value: unknown, expected: string) {
    super(`${option} must be ${expected}, got ${quote(value)}`)
    this.option = option
    this.value = value
  }
}

/** A simulated device's thread ended before it could report: it was killed, or ran into an exception. */
export class ProducerDiedError extends Error {
  override readonly name = 'ProducerDiedError'
  readonly code = 'ERR_IRP_PRODUCER_DIED'
  readonly device: string

  constructor(device: string, reason: string, cause?: unknown) {
    super(
      `the producer thread of device ${quote(device)} died: ${reason}; what it had in flight has no owner any more`,
      cause === undefined ? {} : { cause },
    )
    this.device = device
  }
}

/** A simulated device's thread ended without being told to. Its registers answer no more. */
export class HardwareDiedError extends Error {
  override readonly name = 'HardwareDiedError'
  readonly code = 'ERR_IRP_HARDWARE_DIED'
  readonly device: string

  /** @param reason the exception that ended the thread, or its exit code. */
  constructor(device: string, reason: unknown) {
    const why =
      reason instanceof Error ? reason.message : `it ended with exit code ${String(reason)}`
    super(
      `the thread of simulated device ${quote(device)} died: ${why}; its driver will run into time-outs`,
      reason instanceof Error ? { cause: reason } : {},
    )
    this.device = device
  }
}

/** A block trace that cannot be read, or a line of it that makes no sense. */
export class TraceError extends Error {
  override readonly name = 'TraceError'
  readonly code = 'ERR_IRP_TRACE'
  readonly file: string
  /** Line, counted from 1; 0 where the file as a whole is at fault. */
  readonly line: number
  /** The offending text, at most 80 characters of it; empty where there is none. */
  readonly text: string
  readonly expected: string

  constructor(details: {
    file: string
    line: number
    problem: string
    text?: string
    expected: string
    cause?: unknown
  }) {
    const { file, line, problem, text = '', expected, cause } = details
    const place = line === 0 ? file : `${file}:${line}`
    const quoted = text === '' ? '' : `: ${quote(text)}`
    super(
      `${place}: ${problem}${quoted}; expected ${expected}`,
      cause === undefined ? {} : { cause },
    )
    this.file = file
    this.line = line
    this.text = cut(text)
    this.expected = expected
  }
}

function cut(text: string): string {
  return text.length > QUOTED_CHARACTERS ? `${text.slice(0, QUOTED_CHARACTERS - 1)}…` : text
}

/** Control characters come out escaped: a binary file must not steer the reader's terminal. */
function quote(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(cut(value)) : cut(String(value))
}
