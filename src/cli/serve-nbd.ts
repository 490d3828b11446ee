/**
 * serve-nbd.ts: serves disks of an engine until a signal comes, and tells how it goes.
 *
 * Runs on: the main thread of the command.
 */
import { type Engine, formatLedger } from '../index.js'
import { type NbdServer, type NbdStatistics, serveNbd } from '../nbd/index.js'
import type { CommandStreams } from './command.js'
import { deviceName, ServedDisks } from './served-disks.js'
import { StatusLine } from './status-line.js'

export interface ServeNbdSettings {
  readonly miniport: 'ram' | 'file' | 'nvme'
  /** One export each, with its file when the miniport is `file`. */
  readonly names: readonly string[]
  readonly paths: readonly string[]
  readonly bytes: number | undefined
  readonly socket: string | undefined
  readonly port: number
  readonly host: string | undefined
  readonly isReadOnly: boolean
  readonly workers: number | undefined
  readonly hasJson: boolean
}

const TICK_MS = 1000
/** A terminal that closes asks for the same as its user. */
const END_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Serves until SIGINT, SIGTERM or SIGHUP; answers the exit code. A second signal ends at once. */
export async function serveNbdCommand(
  settings: ServeNbdSettings,
  streams: CommandStreams,
): Promise<number> {
  const disks = await ServedDisks.start(settings)
  const { engine } = disks
  try {
    const server = await listen(engine, settings)
    await report(server, engine, settings, streams)
    void nextSignal().then(() => process.exit(1))
    await server.close()
    streams.stdout.write(
      settings.hasJson
        ? `${JSON.stringify({ ...server.statistics(), ledger: engine.ledger() })}\n`
        : `${formatLedger(engine.ledger())}\n`,
    )
    return 0
  } finally {
    await disks.stop()
  }
}

function listen(engine: Engine, settings: ServeNbdSettings): Promise<NbdServer> {
  const { socket, port, host, names } = settings
  const exports = names.map((name) => ({ name, device: deviceName(name) }))
  if (socket !== undefined) return serveNbd({ engine, exports, path: socket })
  return serveNbd({ engine, exports, port, ...(host === undefined ? {} : { host }) })
}

/** Says where it serves; draws the status line, or writes JSON, every second until the signal comes. */
async function report(
  server: NbdServer,
  engine: Engine,
  settings: ServeNbdSettings,
  streams: CommandStreams,
): Promise<void> {
  const signal = nextSignal()
  const line = new StatusLine(streams.stderr)
  const ignoreDump = engine.dumpOnSignal('SIGUSR2', (text) => {
    line.clear()
    streams.stderr.write(text)
  })
  // Whoever reads this may send a signal at once.
  for (const { name } of server.exports) {
    const serving = server.uri(name)
    streams.stdout.write(
      settings.hasJson ? `${JSON.stringify({ serving })}\n` : `serving ${serving}\n`,
    )
  }
  let before = server.statistics()
  const timer = setInterval(() => {
    const now = server.statistics()
    if (settings.hasJson) streams.stdout.write(`${JSON.stringify(now)}\n`)
    line.draw(statusText(before, now, server.recentP99Us()))
    before = now
  }, TICK_MS)
  await signal
  ignoreDump()
  clearInterval(timer)
  line.clear()
}

/** What happened between two pictures that are a second apart. */
export function statusText(before: NbdStatistics, now: NbdStatistics, p99Us: number): string {
  const commands = operations(now) - operations(before)
  const bytes = now.readBytes + now.writtenBytes - before.readBytes - before.writtenBytes
  return [
    `${now.clients} clients`,
    `${commands.toLocaleString('en')} IOPS`,
    `${(bytes / 1e6).toFixed(1)} MB/s`,
    `${now.inFlight} in flight`,
    `p99 ${p99Us < 1000 ? `${p99Us} µs` : `${(p99Us / 1000).toFixed(1)} ms`}`,
    ...(now.errors > 0 ? [`${now.errors} errors`] : []),
  ].join(' | ')
}

function operations(of: NbdStatistics): number {
  return of.reads + of.writes + of.flushes + of.trims + of.writeZeroes
}

function nextSignal(): Promise<void> {
  return new Promise((resolve) => {
    const heard = (): void => {
      for (const signal of END_SIGNALS) process.off(signal, heard)
      resolve()
    }
    for (const signal of END_SIGNALS) process.on(signal, heard)
  })
}
