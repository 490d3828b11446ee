/**
 * Source: loads the shipped modules as the simulation needs them: bound to its access port, and with three places
 * told apart from a real thread: drivers come from a table, and nobody spins for long where nobody else runs.
 * A mutant is the same with one thing broken. Runs on: the simulation's one thread.
 */
import { register } from 'node:module'
import type * as NativeSim from '../../native-sim/index.js'
import type * as HardwareModels from '../../native-sim/hardware-models.js'
import type * as Irpool from '../../src/index.js'
import type * as WorkerBodyModule from '../../src/workers/worker-body.js'
import type * as WorkerLoopModule from '../../src/workers/worker-loop.js'
import type { DriverModule } from '../../src/framework/driver.js'
import type { HookData, Patch } from '../model/engine/source-hooks.js'

/** Where the shipped text is bound to the simulation. */
const BINDINGS: readonly Patch[] = [
  {
    file: 'framework/driver-loader',
    from: 'import(url)',
    to: 'globalThis.irpoolSimulation.importDriver(url)',
  },
  { file: 'manager/call-table', from: 'const TICK_SPINS = 200;', to: 'const TICK_SPINS = 2;' },
  { file: 'manager/call-table', from: 'const PUMP_SPINS = 2000;', to: 'const PUMP_SPINS = 2;' },
  { file: 'manager/engine-options', from: '? 200 : 4000', to: '? 3 : 3' },
  // The same on every machine: more threads than processors.
  {
    file: 'manager/engine-options',
    from: 'return workers + 1 > availableParallelism();',
    to: 'return true;',
  },
  { file: 'framework/registers', from: 'const SPINS = 2000;', to: 'const SPINS = 8;' },
]

export const SHIPPED = 'shipped'

export type Source = Pick<typeof Irpool, 'Engine' | 'attachChannel' | 'defineDriver'> &
  Pick<typeof WorkerBodyModule, 'WorkerBody'> &
  Pick<typeof WorkerLoopModule, 'POLL_AGAIN' | 'PARK' | 'LEAVE'> &
  Pick<typeof HardwareModels, 'prepareHardware' | 'createModel'> &
  Pick<typeof NativeSim, 'channelWindow'> & {
    /** URL of the shipped driver of the NVMe-like disk. */
    readonly diskDriver: string
  }

const MODULES = [
  'src/index',
  'src/workers/worker-body',
  'src/workers/worker-loop',
  'native-sim/hardware-models',
  'native-sim/index',
] as const

const DISK_DRIVER = 'src/pairs/hardware/nvme'

/** Driver modules by URL. */
const drivers = new Map<string, DriverModule>()
Object.assign(globalThis, {
  irpoolSimulation: {
    importDriver: (url: string) => Promise.resolve({ default: drivers.get(url) }),
  },
})

/** Makes variants of the source loadable; once a process. */
export function registerVariants(mutants: Readonly<Record<string, readonly Patch[]>>): void {
  const port = new URL('port.js', import.meta.url).href
  const variants = Object.fromEntries(
    Object.entries({ [SHIPPED]: [], ...mutants }).map(([name, patches]) => [
      name,
      [...BINDINGS, ...patches],
    ]),
  )
  const data: HookData = { port, variants }
  register(new URL('../model/engine/source-hooks.js', import.meta.url), { data })
}

async function load(path: string, variant: string): Promise<object> {
  const url = new URL(`../../${path}.js`, import.meta.url)
  url.search = `variant=${encodeURIComponent(variant)}`
  return (await import(url.href)) as object
}

/** Loads a variant of the source. */
export async function loadSource(variant: string): Promise<Source> {
  const modules = await Promise.all(MODULES.map((path) => load(path, variant)))
  const diskDriver = `simulation:${encodeURIComponent(variant)}/disk`
  const { default: driver } = (await load(DISK_DRIVER, variant)) as { default: DriverModule }
  drivers.set(diskDriver, driver)
  return Object.assign({}, ...modules, { diskDriver }) as Source
}

/** Makes a driver of the simulation loadable under that URL. */
export function addDriver(url: string, driver: DriverModule): void {
  drivers.set(url, driver)
}
