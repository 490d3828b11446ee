/**
 * Shipped drivers under the verifier, on real threads, with the generated workload of `irpool verify`. Every report is
 * a false alarm, or a bug of theirs. Runs on: main.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type * as NativeSim from '../../native-sim/index.js'
import type * as Workload from '../../src/cli/verify-workload.js'
import type * as Irpool from '../../src/index.js'

type Engine = Irpool.Engine

/** The built code: threads run JavaScript. */
export interface BuiltCode {
  readonly irpool: typeof Irpool
  readonly workload: typeof Workload
  readonly nativeSim: typeof NativeSim
}

export interface ShippedRun {
  readonly name: string
  readonly reports: readonly Irpool.ViolationReport[]
  /** Callbacks and calls that were watched. */
  readonly callbacks: number
  readonly calls: number
  readonly ledger: Irpool.Ledger
}

/** Adds the device; what comes back takes down what is not the engine's. */
type Add = (engine: Engine, code: BuiltCode, folder: string) => Promise<() => Promise<unknown>>

const DEVICE = 'shipped'

function device(
  name: keyof typeof Irpool.drivers,
  parameters: (folder: string) => Readonly<Record<string, unknown>> = () => ({}),
): Add {
  return async (engine, { irpool }, folder) => {
    const driver = irpool.drivers[name]
    await engine.addDevice({ name: DEVICE, driver, parameters: parameters(folder) })
    return () => Promise.resolve()
  }
}

/** A filter on top of a RAM disk. */
function filter(name: 'stats' | 'fault', parameters: Readonly<Record<string, unknown>> = {}): Add {
  return async (engine, { irpool }) => {
    const { [name]: driver, ramdisk } = irpool.drivers
    const stack = [{ driver, role: 'filter' as const, parameters }, { driver: ramdisk }]
    await engine.addDevice({ name: DEVICE, stack })
    return () => Promise.resolve()
  }
}

function hardware(model: 'edu' | 'nvme', lineCount: number): Add {
  return async (engine, { irpool, nativeSim }) => {
    const lines = engine.allocateInterruptLines(0, lineCount)
    const options = { device: { model, name: DEVICE }, lines }
    const simulated = await nativeSim.SimulatedHardware.start(options)
    await simulated.mapDma(nativeSim.channelWindow(engine.channel))
    const driver = irpool.drivers[model]
    await engine.addDevice({ name: DEVICE, driver, hardware: simulated.resources })
    return () => simulated.stop()
  }
}

const SHIPPED: Readonly<Record<string, Add>> = {
  'null, sequential': device('null'),
  'null, parallel': device('null', () => ({
    dispatchType: 'parallel',
    synchronizationScope: 'none',
  })),
  echo: device('echo'),
  ramdisk: device('ramdisk', () => ({ bytes: 1 << 20 })),
  'storage, ram': device('storage', () => ({ miniport: 'ram', bytes: 1 << 20 })),
  'storage, file': device('storage', (folder) => ({
    miniport: 'file',
    path: join(folder, 'disk'),
    bytes: 1 << 20,
  })),
  'stats over ramdisk': filter('stats'),
  'fault over ramdisk': filter('fault', {
    rules: [
      { on: 'read', probability: 0.1, delayMs: 2 },
      { on: 'write', probability: 0.1, status: -1073741435 },
    ],
    seed: 3,
  }),
  edu: hardware('edu', 1),
  nvme: hardware('nvme', 2),
}

export const SHIPPED_NAMES: readonly string[] = Object.keys(SHIPPED)

/** Runs one of them with that many requests. */
export async function runShipped(
  name: string,
  code: BuiltCode,
  requests: number,
): Promise<ShippedRun> {
  const add = SHIPPED[name]
  if (add === undefined) throw new Error(`there is no shipped driver ${name}`)
  const folder = mkdtempSync(join(tmpdir(), 'irpool-verifier-'))
  const engine = await code.irpool.Engine.start({ workers: 2, verifier: { forcePending: {} } })
  const reports: Irpool.ViolationReport[] = []
  engine.on('violation', (report) => reports.push(report))
  engine.on('driverFault', () => {})
  const takeDown = await add(engine, code, folder)
  try {
    await code.workload.runVerifyWorkload(engine, DEVICE, requests, 1)
    await engine.removeDevice(DEVICE)
    const summaries = await engine.verifierSummaries()
    const sum = (of: 'callbacks' | 'calls'): number =>
      summaries.reduce((total, summary) => total + (summary?.[of] ?? 0), 0)
    return {
      name,
      reports,
      callbacks: sum('callbacks'),
      calls: sum('calls'),
      ledger: engine.ledger(),
    }
  } finally {
    await engine.stop()
    await takeDown()
    rmSync(folder, { recursive: true })
  }
}
