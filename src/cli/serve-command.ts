/**
 * serve-command.ts: `irpool serve nbd`.
 *
 * Runs on: the main thread of the command. Reads the command line; what serves is loaded when it is asked for.
 */
import type { Command } from './command.js'
import { suggest } from './edit-distance.js'
import { parseOptions, type OptionSpecification } from './parse-options.js'
import { parseSize } from './parse-size.js'
import type { ServeNbdSettings } from './serve-nbd.js'
import { UsageError } from './usage-error.js'

const NAME = 'serve'
const TITLE = 'irpool serve'
const BLOCK_BYTES = 512
const MINIPORTS = ['ram', 'file', 'nvme']
const MAX_PORT = 65_535
const MAX_WORKERS = 64

const OPTIONS = {
  miniport: { type: 'string' },
  size: { type: 'string' },
  path: { type: 'string' },
  socket: { type: 'string' },
  port: { type: 'string' },
  host: { type: 'string' },
  export: { type: 'string' },
  'read-only': { type: 'boolean' },
  workers: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies Record<string, OptionSpecification>

const HELP = `Usage: irpool serve nbd [options]

Serves disks to network block device clients (qemu-img, nbdcopy, fio, nbdfuse, a kernel), with the storage pair
in between. Ends at SIGINT, SIGTERM or SIGHUP, when all requests that were accepted have been answered. At
SIGUSR2 it writes what its workers did last to stderr.

Options:
  --miniport ram|file|nvme
                       where the bytes are: in memory, in a disk image, or in a simulated NVMe disk (interrupts
                       and DMA; its bytes are gone with it). Default ram
  --size SIZE          size of the disk, e.g. 1G. Default 1G; a file has its own, or is made so large
  --path FILE          the disk image; several exports: one each, with commas
  --socket PATH        listen on a Unix socket
  --port N             listen on a TCP port, 0 = any that is free. Default 10809 when there is no --socket
  --host ADDRESS       address for --port. Default 127.0.0.1. NBD knows no passwords: think before you open it
  --export NAME        name of the export. Default disk; several: NAME,NAME
  --read-only          refuse writes
  --workers N          Framework workers; disks are spread over them. Default one for each export, at most
                       one less than the processor's threads
  --json               a line of statistics as JSON every second, and a last one with the ledger
  -h, --help           this text

Examples:
  irpool serve nbd --miniport file --path disk.img --size 1G --socket /tmp/disk.sock
  qemu-img info 'nbd+unix:///disk?socket=/tmp/disk.sock'
  nbdfuse mnt/ 'nbd+unix:///disk?socket=/tmp/disk.sock'
`

export const serveCommand: Command = {
  name: NAME,
  summary: 'serve a disk in memory or in a file over NBD',
  async run(argv, streams) {
    const options = parseOptions(TITLE, argv, OPTIONS, ['nbd'])
    if (options.has('help')) {
      streams.stdout.write(HELP)
      return 0
    }
    const [protocol] = options.positionals
    if (protocol !== 'nbd') {
      const problem =
        protocol === undefined ? 'expected a protocol: nbd' : `unknown protocol '${protocol}'`
      throw new UsageError(TITLE, `${problem}${suggest(protocol ?? '', ['nbd'])}`)
    }
    const settings = settingsOf(options)
    const { serveNbdCommand } = await import('./serve-nbd.js')
    return serveNbdCommand(settings, streams)
  },
}

type Options = ReturnType<typeof parseOptions<keyof typeof OPTIONS>>

function settingsOf(options: Options): ServeNbdSettings {
  const miniport = options.text('miniport') ?? 'ram'
  if (miniport !== 'ram' && miniport !== 'file' && miniport !== 'nvme') {
    throw new UsageError(
      TITLE,
      `--miniport '${miniport}': expected ${MINIPORTS.join(', ')}${suggest(miniport, MINIPORTS)}`,
    )
  }
  const names = (options.text('export') ?? 'disk').split(',')
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) {
    throw new UsageError(TITLE, `--export: '${twice}' twice; every export has a name of its own`)
  }
  const paths = options.text('path')?.split(',') ?? []
  if (miniport === 'file' && paths.length !== names.length) {
    throw new UsageError(
      TITLE,
      `--path: ${names.length} exports need ${names.length} files, got ${paths.length}`,
    )
  }
  if (miniport !== 'file' && paths.length > 0) {
    throw new UsageError(
      TITLE,
      `--path '${paths[0]}': only a disk image has one; did you mean --miniport file?`,
    )
  }
  if (options.has('socket') && (options.has('port') || options.has('host'))) {
    throw new UsageError(TITLE, '--socket and --port: listen on one of them')
  }
  return {
    miniport,
    names,
    paths,
    bytes: diskBytes(options.text('size')),
    socket: options.text('socket'),
    port: options.number('port', 10_809, { min: 0, max: MAX_PORT, integer: true }),
    host: options.text('host'),
    isReadOnly: options.has('read-only'),
    workers: options.has('workers')
      ? options.number('workers', 1, { min: 1, max: MAX_WORKERS, integer: true })
      : undefined,
    hasJson: options.has('json'),
  }
}

function diskBytes(size: string | undefined): number | undefined {
  if (size === undefined) return undefined
  const bytes = parseSize(TITLE, 'size', size)
  if (bytes % BLOCK_BYTES === 0) return bytes
  throw new UsageError(
    TITLE,
    `--size '${size}': a disk has blocks of ${BLOCK_BYTES} bytes; choose a multiple`,
  )
}
