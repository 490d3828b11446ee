/**
 * Tidy: rules about the sources that no compiler checks. Each failure says file, line and what to do.
 * Runs on: the test's own thread; reads files, starts nothing.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findings, importsOf, root, sourcesOf } from './harness/sources.js'

const src = sourcesOf('src')
const product = [...src, ...sourcesOf('native-sim', 'bench')]
const all = [...product, ...sourcesOf('test')]

/** Rooms that a room of src may import from, besides itself. DESIGN: "Rooms". */
const MAY_IMPORT: Record<string, readonly string[]> = {
  abi: [],
  'sharedarraybuffer-queue': ['abi'],
  irp: ['abi', 'sharedarraybuffer-queue'],
  dispatch: ['abi', 'sharedarraybuffer-queue', 'irp'],
  framework: ['abi', 'sharedarraybuffer-queue', 'irp', 'dispatch'],
  // A worker is a host, too, when its drivers send to devices on other workers.
  workers: [
    'abi',
    'sharedarraybuffer-queue',
    'irp',
    'dispatch',
    'framework',
    'verifier',
    'manager',
    'observe',
  ],
  // The verifier stands on the Framework, which knows nothing of it.
  manager: ['abi', 'sharedarraybuffer-queue', 'irp', 'workers', 'verifier', 'observe'],
  verifier: ['abi', 'sharedarraybuffer-queue', 'irp', 'dispatch', 'framework'],
  observe: ['abi', 'sharedarraybuffer-queue', 'irp'],
  pairs: [],
  nbd: [],
  cli: [],
}
/** What a user sees: open to every room that is not below it. */
const PUBLIC_ENTRIES = [
  'src/index.ts',
  'src/sharedarraybuffer-queue/index.ts',
  'src/pairs/storage/index.ts',
  'src/nbd/index.ts',
  'native-sim/index.ts',
]
const USES_PUBLIC_ENTRIES = new Set(['pairs', 'nbd', 'cli', 'native-sim'])

function roomOf(path: string): string {
  const [top = '', room = ''] = path.split('/')
  return top === 'src' ? (room.endsWith('.ts') ? 'entry' : room) : top
}

function mayImport(from: string, to: string): boolean {
  const [room, target] = [roomOf(from), roomOf(to)]
  if (room === target) return true
  if (room === 'entry') return to.startsWith('src/')
  if (USES_PUBLIC_ENTRIES.has(room) && PUBLIC_ENTRIES.includes(to)) return true
  if (room === 'native-sim') return target === 'abi' || target === 'sharedarraybuffer-queue'
  if (room === 'bench') return true
  return MAY_IMPORT[room]?.includes(target) ?? false
}

describe('rooms', () => {
  it('import downwards only', () => {
    const imports = importsOf(product)
    expect(imports.length).toBeGreaterThan(300)
    const wrong = imports.filter(([from, to]) => !mayImport(from, to))
    expect(wrong).toEqual([])
  })

  it('are those of the design', () => {
    const rooms = new Set(src.map(({ path }) => roomOf(path)))
    expect([...rooms].filter((room) => room !== 'entry' && !(room in MAY_IMPORT))).toEqual([])
  })

  it('have threads, Piscina and Comlink in src/workers only', () => {
    const pattern = /'(piscina|comlink|(node:)?worker_threads)[/']/
    expect(findings(src, pattern, (path) => !path.startsWith('src/workers/'))).toEqual([])
    expect(findings(src, pattern, (path) => path.startsWith('src/workers/'))).not.toEqual([])
  })

  it('have Atomics in src/sharedarraybuffer-queue/access.ts only', () => {
    const port = 'src/sharedarraybuffer-queue/access.ts'
    const shared = sourcesOf('src', 'native-sim')
    expect(findings(shared, /\bAtomics\b/, (path) => path !== port)).toEqual([])
    expect(findings(shared, /\bAtomics\b/, (path) => path === port)).not.toEqual([])
  })
})

/** A result is two words, STATUS and INFORMATION; the second one is written as `+ 1` here. */
const RESULT_OFFSET = new Set([
  'src/dispatch/dispatched-request.ts',
  'src/manager/completion-batch.ts',
])

describe('layouts', () => {
  it('have word offsets in src/abi only: others use its names', () => {
    const access =
      /\b(load|store|read|write|add|exchange|compareExchange|wait|notify)\([^,]*,[^,]*\+ ?\d+[,)]/
    expect(findings(src, access, (path) => !RESULT_OFFSET.has(path))).toEqual([])
    for (const path of RESULT_OFFSET) {
      for (const line of findings(src, access, (other) => other === path)) {
        expect(line).toMatch(/\+ 1\b/)
      }
    }
    const numbers = /\b(IRP|RING|CHANNEL|PORT|ENGINE|WORKER|DOORBELL|RESULT|STAT)_[A-Z_]+ = \d/
    expect(findings(src, numbers, (path) => !path.startsWith('src/abi/'))).toEqual([])
  })
})

/** What a source file may not have, and what to do instead. */
const BANNED: [pattern: RegExp, instead: string][] = [
  [/(:|<|\bas|\|)\s*any\b(?!')/, 'say what it is, or unknown'],
  [/\benum\s+\w+\s*\{|\bnamespace\s+\w+\s*\{/, 'types that can be erased'],
]
const BANNED_COMMENTS = /\b(TODO|FIXME|XXX|HACK)\b|@ts-(ignore|expect-error|nocheck)/

describe('every source', () => {
  it.each(BANNED)('has no %s (write %s)', (pattern) => {
    expect(findings(all, pattern)).toEqual([])
  })

  it('has no reminders and no switched-off checks in its comments', () => {
    const found = all
      .filter(({ path }) => path !== 'test/tidy.test.ts')
      .flatMap(({ path, lines }) =>
        lines.flatMap((line, i) => (BANNED_COMMENTS.test(line) ? [`${path}:${i + 1}`] : [])),
      )
    expect(found).toEqual([])
  })

  it('starts with a comment that says where it runs, unless it only exports', () => {
    const headless = product.filter(({ path, lines, code }) => {
      if (path.endsWith('.d.ts')) return false
      const isEntry =
        path.endsWith('/index.ts') &&
        !code.some((line) => /^(export )?(const|class|function)/.test(line))
      const head = lines.slice(
        0,
        lines.findIndex((line) => /^(import|export|const|type)\b/.test(line)),
      )
      return !/^(\/\*\*|\/\/)/.test(lines[0] ?? '') || !(isEntry || /Runs on/.test(head.join('\n')))
    })
    expect(headless.map(({ path }) => path)).toEqual([])
  })
})

/** Longer than 400 lines, with its reason. These may shrink, not grow. */
const LONG_FILES: Record<string, number> = {
  // One request's whole way out and back, without a jump: says so in its head.
  'src/manager/request-channel.ts': 548,
}
const MAX_LINES = 400
const LONGISH_LINES = 200

describe('length', () => {
  it(`is at most ${MAX_LINES} lines, and better ${LONGISH_LINES}`, () => {
    const lengths = product.map(({ path, lines }) => [path, lines.length - 1] as const)
    const longish = lengths.filter(([, length]) => length > LONGISH_LINES)
    console.log(
      [`${longish.length} files over ${LONGISH_LINES} lines:`]
        .concat(longish.map(([path, length]) => `${String(length).padStart(6)}  ${path}`))
        .join('\n'),
    )
    expect(lengths.filter(([path, length]) => length > (LONG_FILES[path] ?? MAX_LINES))).toEqual([])
  })

  it('has no exemption that is not needed any more', () => {
    const needed = product.filter(({ lines }) => lines.length - 1 > MAX_LINES)
    const paths = new Set(needed.map(({ path }) => path))
    expect(Object.keys(LONG_FILES).filter((path) => !paths.has(path))).toEqual([])
  })
})

const VERIFIER_CASES = 'test/verifier/cases.test.ts: a good and a bad driver for each rule'

/** Sources without a test of their own at the same place under test/, with the reason. */
const NO_MIRROR: Record<string, string> = {
  'src/framework/child-devices.ts': 'test/thread/bus-children.test.ts; its list: pnp/child-list',
  'src/framework/context-type.ts':
    'test/conformance/7.1-parents.test.ts and 7.2-object-life.test.ts',
  'src/framework/framework-object.ts':
    'test/conformance/7.1-parents.test.ts and 7.2-object-life.test.ts',
  'src/framework/general-object.ts':
    'test/conformance/7.1-parents.test.ts and 7.2-object-life.test.ts',
  'src/framework/object-contexts.ts':
    'test/conformance/7.1-parents.test.ts and 7.2-object-life.test.ts',
  'src/framework/object-kinds.ts':
    'test/conformance/7.1-parents.test.ts and 7.2-object-life.test.ts',
  'src/framework/object-parent.ts':
    'test/conformance/7.1-parents.test.ts and 7.2-object-life.test.ts',
  'src/framework/object-references.ts':
    'test/conformance/7.1-parents.test.ts and 7.2-object-life.test.ts',
  'src/framework/object-reports.ts':
    'test/conformance/7.1-parents.test.ts and 7.2-object-life.test.ts',
  'src/framework/request-object.ts':
    'test/conformance/7.1-parents.test.ts and 7.2-object-life.test.ts',
  'src/framework/request-type.ts': 'a table; test/conformance/3.2-creating-queues.test.ts',
  'src/abi/filter-ioctl.ts': 'numbers; test/src/pairs/filters/stats.test.ts reads them all',
  'src/framework/build-device.ts':
    'one call; test/src/framework/framework.test.ts and test/thread/bad-drivers.test.ts',
  'src/framework/request-router.ts':
    'test/conformance/3.1, and framework-faults, -files and -preprocess beside it',
  'src/index.ts': 'exports only; every thread test and every example imports it',
  'src/framework/io-target-checks.ts': 'test/conformance/4.4-sending.test.ts, each refusal',
  'src/framework/io-target.ts': 'test/conformance/4.4-*.test.ts, each state and call',
  'src/framework/local-route.ts': 'test/conformance/2.3-*.test.ts and 4.4-*.test.ts',
  'src/framework/remote-target.ts': 'test/conformance/4.4-remote-targets.test.ts',
  'src/framework/request-extras.ts': 'fields; test/conformance/4.4-*.test.ts',
  'src/framework/request-failure.ts': 'test/conformance/2.4-completion-walk.test.ts',
  'src/framework/request-sender.ts': 'test/conformance/4.4-*.test.ts, each rule of sending',
  'src/framework/device-placement.ts': 'types',
  'src/framework/device-services.ts': 'types',
  'src/framework/file-requests.ts': 'test/conformance, framework-files',
  'src/framework/framework-events.ts': 'types',
  'src/framework/shared-object.ts': 'needs threads: test/thread/shared-context.test.ts',
  'src/irp/device-description.ts': 'types and one constant',
  'src/manager/channel-registry.ts': 'needs threads: test/thread',
  'src/manager/child-nodes.ts': 'needs threads: test/thread/bus-children.test.ts',
  'src/manager/drain.ts': 'needs threads: test/thread/stop.test.ts',
  'src/manager/engine-events.ts': 'types',
  'src/manager/engine.ts': 'needs threads: test/thread',
  'src/manager/pnp-manager.ts': 'needs threads: test/thread/lifecycle.test.ts',
  'src/manager/query-statistics.ts': 'test/src/pairs/filters/stats.test.ts',
  'src/framework/pnp/device-callbacks.ts': 'types, and names that pnp-stage.ts and the trace use',
  'src/framework/pnp/pnp-context.ts':
    'shared by the entry functions, whose tests see each part of it',
  'src/framework/pnp/pnp-power-host.ts': 'types',
  'src/framework/pnp/policy-steps.ts': 'steps of policy-entries.ts and policy-sleep-entries.ts',
  'src/framework/pnp/power-policy-events.ts': 'data; power-policy-table.test.ts',
  'src/framework/pnp/power-policy-sleep-rows.ts': 'data; power-policy-table.test.ts',
  'src/framework/pnp/power-policy-wake-rows.ts': 'data; power-policy-table.test.ts',
  'src/framework/pnp/power-twin.ts': 'names; power-entries.test.ts runs both twins',
  'src/pairs/filters/passage-counters.ts': 'test/src/pairs/filters/stats.test.ts',
  'src/workers/comlink-node.d.ts': 'a declaration',
  'src/workers/control-plane.ts': 'types',
  'src/workers/remote-io.ts': 'needs threads: test/thread/remote-targets.test.ts',
  'src/workers/framework-worker.ts': 'needs threads: test/thread',
  'src/workers/piscina-threads.ts': 'needs threads: test/thread',
  'src/workers/worker-body.ts': 'test/simulation moves it, test/thread runs it',
  'src/workers/worker-loop.ts': 'test/simulation moves it, test/thread runs it',
  'src/workers/worker-pool.ts': 'test/simulation, and test/thread',
  'src/workers/worker-threads.ts': 'types',
  'src/irp/violation-report.ts': 'types',
  'src/cli/verify-command.ts': 'one call: test/cli/verify.test.ts makes it',
  'src/cli/verify-workload.ts': 'test/cli/verify.test.ts and test/verifier/shipped.test.ts run it',
  'src/verifier/access-rules.ts': VERIFIER_CASES,
  'src/verifier/activation.ts': VERIFIER_CASES,
  'src/verifier/call-site.ts': VERIFIER_CASES,
  'src/verifier/callbacks.ts': VERIFIER_CASES,
  'src/verifier/completion-rules.ts': VERIFIER_CASES,
  'src/verifier/held-lock.ts': VERIFIER_CASES,
  'src/verifier/interpose.ts': VERIFIER_CASES,
  'src/verifier/leaks.ts': VERIFIER_CASES,
  'src/verifier/levels.ts': VERIFIER_CASES,
  'src/verifier/request-books.ts': VERIFIER_CASES,
  'src/verifier/request-call.ts': VERIFIER_CASES,
  'src/verifier/request-handle.ts': VERIFIER_CASES,
  'src/verifier/request-use.ts': VERIFIER_CASES,
  'src/verifier/rule.ts': VERIFIER_CASES,
  'src/verifier/rules-of-buffers.ts': VERIFIER_CASES,
  'src/verifier/rules-of-locks.ts': VERIFIER_CASES,
  'src/verifier/rules-of-queues.ts': VERIFIER_CASES,
  'src/verifier/rules-of-requests.ts': VERIFIER_CASES,
  'src/verifier/rules.ts': VERIFIER_CASES,
  'src/verifier/send-rules.ts': VERIFIER_CASES,
  'src/verifier/verified-lock-order.ts': VERIFIER_CASES,
  'src/verifier/verifier.ts': VERIFIER_CASES,
  'src/verifier/watch-device.ts': VERIFIER_CASES,
  'src/verifier/watch-driver.ts': VERIFIER_CASES,
  'src/verifier/watch-hardware.ts': VERIFIER_CASES,
  'src/verifier/watch-lock.ts': VERIFIER_CASES,
  'src/verifier/watch-queue.ts': VERIFIER_CASES,
  'src/verifier/watch-retrieval.ts': VERIFIER_CASES,
  'src/verifier/watch-target.ts': VERIFIER_CASES,
  'src/verifier/watched-device.ts': VERIFIER_CASES,
  'src/pairs/drivers.ts': 'URLs; every thread test loads them',
  'src/pairs/storage/adapter-hardware.ts': 'test/src/pairs/storage/nvme-miniport.test.ts',
  'src/pairs/storage/disk-store.ts': 'types',
  'src/pairs/storage/index.ts': 'exports only',
  'src/pairs/storage/miniport.ts': 'types',
  'src/pairs/storage/nvme-pieces.ts': 'test/src/pairs/storage/nvme-miniport.test.ts, each length',
  'src/pairs/storage/port-holds.ts': 'test/src/pairs/storage/storage-port.test.ts, each call',
  'src/pairs/storage/scsi.ts':
    'numbers; test/src/pairs/storage/disk-answers.test.ts writes them out',
  'src/nbd/channel-pool.ts': 'needs threads: test/thread/nbd-transmission.test.ts',
  'src/nbd/command-steps.ts': 'needs threads: test/thread/nbd-transmission.test.ts',
  'src/nbd/completion-pump.ts': 'needs threads: test/thread/nbd-transmission.test.ts',
  'src/nbd/index.ts': 'exports only',
  'src/nbd/irp-sender.ts': 'needs threads: test/thread/nbd-transmission.test.ts',
  'src/nbd/nbd-connection.ts': 'needs threads: test/thread/nbd-*.test.ts',
  'src/nbd/nbd-export.ts': 'needs threads: test/thread/nbd-negotiation.test.ts',
  'src/nbd/nbd-server-error.ts': 'thrown and checked in test/thread/nbd-server.test.ts',
  'src/nbd/nbd-server.ts': 'needs threads: test/thread/nbd-server.test.ts',
  'src/nbd/protocol.ts': 'numbers; test/harness/nbd-client.ts writes them out',
  'src/nbd/reply-writer.ts': 'needs threads: test/thread/nbd-transmission.test.ts',
  'src/nbd/socket-reader.ts': 'needs sockets: test/thread/nbd-transmission.test.ts',
  'src/nbd/transmission-memory.ts': 'needs threads: test/thread/nbd-transmission.test.ts',
  'src/nbd/transmission-options.ts': 'types',
  'src/nbd/transmission.ts': 'needs threads: test/thread/nbd-transmission.test.ts',
  'src/cli/bench-command.ts': 'test/bench/main.test.ts runs what it loads',
  'src/cli/command-table.ts': 'a table',
  'src/cli/command.ts': 'types',
  'src/cli/profile-command.ts': 'test/bench/profile/main.test.ts runs what it loads',
  'src/cli/timeline-command.ts': 'test/bench/timeline/main.test.ts runs what it loads',
  'src/cli/served-disks.ts': 'test/cli/serve-nbd.test.ts and test/clients serve each kind',
  'src/cli/tree-command.ts': 'one call: test/cli/tree.test.ts makes it',
  'src/cli/usage-error.ts': 'thrown and checked in test/cli/parse-options.test.ts',
}

/** test/src/irp/ledger.test.ts for src/irp/ledger.ts; test/cli also counts for src/cli. */
function mirrorsOf(path: string): string[] {
  const test = path.replace(/\.ts$/, '.test.ts')
  return [`test/${test}`, `test/${test.replace(/^src\//, '')}`]
}

describe('tests', () => {
  it('mirror src, file by file', () => {
    const without = src
      .map(({ path }) => path)
      .filter((path) => !mirrorsOf(path).some((test) => existsSync(join(root, test))))
    expect(without).toEqual(Object.keys(NO_MIRROR).toSorted())
  })
})
