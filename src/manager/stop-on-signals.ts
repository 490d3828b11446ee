/**
 * Stop on signals: SIGTERM and SIGINT drain an engine and end the process; a second one ends it at once.
 * Runs on: main.
 */
import type { Ledger } from '../irp/ledger.js'

export interface SignalOptions {
  /** Default: SIGTERM and SIGINT. */
  readonly signals?: readonly NodeJS.Signals[]
  /** How long accepted requests may take to end before they are cancelled. Default 5000. */
  readonly timeoutMs?: number
  /** Called before the process ends, with what became of every request. */
  readonly onStopped?: (ledger: Ledger, signal: NodeJS.Signals) => void
}

/** What is stopped. */
export interface Stoppable {
  stop(options: { timeoutMs: number }): Promise<void>
  ledger(): Ledger
}

/** Where the process listens and ends; `process` itself but for tests. */
export interface SignalledProcess {
  on(signal: NodeJS.Signals, listener: () => void): unknown
  off(signal: NodeJS.Signals, listener: () => void): unknown
  exit(code: number): void
}

const SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT']
/** Shells report 128 + the signal's number for a process that a signal ended. */
const SIGNAL_NUMBERS: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGTERM: 15,
}

/**
 * From now on a signal stops the engine in order and exits with 0; when stopping fails, or on a second
 * signal, with 1 or 128 + its number. @returns a function that takes the listeners away.
 */
export function stopOnSignals(
  engine: Stoppable,
  options: SignalOptions,
  host: SignalledProcess = process,
): () => void {
  const { signals = SIGNALS, timeoutMs = 5000, onStopped } = options
  let isStopping = false
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    try {
      await engine.stop({ timeoutMs })
      onStopped?.(engine.ledger(), signal)
      host.exit(0)
    } catch (error) {
      console.error(error)
      host.exit(1)
    }
  }
  const listeners = signals.map((signal) => {
    const onSignal = (): void => {
      if (isStopping) host.exit(128 + (SIGNAL_NUMBERS[signal] ?? 0))
      isStopping = true
      void stop(signal)
    }
    host.on(signal, onSignal)
    return { signal, onSignal }
  })
  return () => {
    for (const { signal, onSignal } of listeners) host.off(signal, onSignal)
  }
}
