/**
 * Signalled: runs the loaded process, sends it signals, and says how it ended. Runs on: main; the process is a child.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface SignalledEnd {
  readonly code: number | null
  /** From the (first) signal to the end of the process. */
  readonly endedAfterMs: number
  /** What the process told at its end: signal and ledger. */
  readonly lastLine: string
}

const BUILD = new URL(
  import.meta.url.includes('/build/') ? '.' : '../../build/test/signals/',
  import.meta.url,
)
const LOADED = fileURLToPath(new URL('loaded-process.js', BUILD))
const PATIENCE_MS = 30_000

/** Sends each signal in turn, the first `delayMs` after the load began, the others at once behind it. */
export async function signalled(
  delayMs: number,
  ...signals: readonly NodeJS.Signals[]
): Promise<SignalledEnd> {
  const child = spawn(process.execPath, ['--no-warnings', LOADED], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  let signalledAt = NaN
  const send = (): void => {
    signalledAt = performance.now()
    for (const [i, signal] of signals.entries()) setTimeout(() => child.kill(signal), i * 20)
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output === '') setTimeout(send, delayMs)
    output += text
  })
  const killer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  clearTimeout(killer)
  const lastLine = output.trim().split('\n').at(-1) ?? ''
  return { code, endedAfterMs: performance.now() - signalledAt, lastLine }
}

const LEDGER =
  /^SIG\w+ accepted (\d+) completed (\d+) \(success (\d+), .*cancelled (\d+),.*in flight (\d+) duplicates (\d+) lost (\d+)$/

export interface ToldLedger {
  readonly accepted: number
  readonly cancelled: number
  readonly isBalanced: boolean
}

/** The ledger in the last line; null when there is none. */
export function ledgerOf({ lastLine }: SignalledEnd): ToldLedger | null {
  const match = LEDGER.exec(lastLine)
  if (match === null) return null
  const [accepted = 0, completed = 0, , cancelled = 0, inFlight, duplicates, lost] = match
    .slice(1)
    .map(Number)
  const isBalanced = accepted === completed && inFlight === 0 && duplicates === 0 && lost === 0
  return { accepted, cancelled, isBalanced }
}
