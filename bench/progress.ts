/**
 * progress.ts: one status line on stderr while a person waits.
 *
 * Runs on: the orchestrator's main thread.
 * Silent when stderr is no terminal or CI is set. The line is rewritten in place and wiped at the end, so
 * nothing of it stays in a log. It is written between runs only: a timer would disturb what it reports.
 */
import type { Environment } from '../src/cli/colour.js'
import type { OutputStream } from '../src/cli/command.js'

const ERASE_LINE = '\r\u001b[K'

export interface Progress {
  /** Before a run: how many have ended, how many there will be, what is next. */
  readonly update: (ended: number, total: number, name: string, round: number) => void
  /** Wipes the line. */
  readonly clear: () => void
}

/** `expectedRunMs` is the guess for the remaining time until the first run has ended. */
export function createProgress(
  stream: OutputStream,
  environment: Environment,
  expectedRunMs: number,
  nowMs: () => number = () => performance.now(),
): Progress {
  const isCi = !['', '0', 'false'].includes(environment['CI'] ?? '')
  if (stream.isTTY !== true || isCi) return { update: () => {}, clear: () => {} }
  const startedAtMs = nowMs()
  return {
    update(ended, total, name, round) {
      const perRunMs = ended === 0 ? expectedRunMs : (nowMs() - startedAtMs) / ended
      const left = formatSeconds(((total - ended) * perRunMs) / 1000)
      const line = `[${ended + 1}/${total}] round ${round}: ${name}, about ${left} left`
      // A terminal that does not know its width says 0.
      stream.write(ERASE_LINE + line.slice(0, (stream.columns || 80) - 1))
    },
    clear() {
      stream.write(ERASE_LINE)
    },
  }
}

function formatSeconds(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds))
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}
