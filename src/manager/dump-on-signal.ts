/**
 * Dump on a signal: a running process shows what its workers did last, and goes on. Runs on: main.
 */

/** Where the process listens; `process` itself but for tests. */
export interface ListeningProcess {
  on(signal: NodeJS.Signals, listener: () => void): unknown
  off(signal: NodeJS.Signals, listener: () => void): unknown
}

/** Not SIGUSR1, which starts Node's debugger. */
export const DUMP_SIGNAL = 'SIGUSR2'

export function writeToStderr(text: string): void {
  process.stderr.write(text)
}

/** Writes the text whenever the signal comes. @returns a function that takes the listener away. */
export function dumpOnSignal(
  signal: NodeJS.Signals,
  textNow: () => string,
  write: (text: string) => void,
  host: ListeningProcess = process,
): () => void {
  const onSignal = (): void => write(textNow())
  host.on(signal, onSignal)
  return () => void host.off(signal, onSignal)
}
