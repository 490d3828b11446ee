/**
 * Simulate: runs one seed: a whole engine with its hosts, workers, drivers and faults, from its start to its end.
 * Runs on: the simulation's one thread.
 */
import type { FaultBook } from './fault-book.js'
import { Kernel } from './kernel.js'
import { MainScript } from './main-script.js'
import { drawPlan } from './plan.js'
import { Killed, port } from './port.js'
import { DRIVER_URL, setDriverWorld, simulatedDriver } from './simulated-driver.js'
import { SimulatedThreads } from './simulated-threads.js'
import { addDriver, type Source } from './source.js'
import { installGlobals, real } from './virtual-globals.js'
import { Broken, World } from './world.js'

const MAX_STEPS = 40_000

export interface SimulationResult {
  readonly seed: number
  /** Undefined when every promise held. */
  readonly failure: unknown
  readonly events: readonly string[]
  readonly steps: number
  readonly accesses: number
  readonly requests: number
  readonly virtualMs: number
  readonly faults: FaultBook
}

/** Runs a seed on a source. `keepsAll`: keep every event, not the last ones only. */
export async function simulate(
  source: Source,
  seed: number,
  keepsAll = false,
): Promise<SimulationResult> {
  const kernel = new Kernel(seed, keepsAll)
  const threads = new SimulatedThreads(kernel, source)
  const world = new World(kernel, source, drawPlan(kernel), threads)
  const script = new MainScript(world)
  addDriver(DRIVER_URL, simulatedDriver(source.defineDriver))
  setDriverWorld(world)
  const uninstall = install(kernel)
  kernel.onWorkerDeath = () => {
    for (const device of world.devices.values()) device.mayFail = true
  }
  port.host = kernel
  port.accesses = 0
  try {
    kernel.main.post('start', 0, () => {
      script.run().catch((error: unknown) => kernel.threw(error))
    })
    await kernel.run(() => script.isDone, 'the simulation', MAX_STEPS)
    script.disk?.countFaults()
    if (kernel.failure === undefined) judge(world, script)
  } catch (error) {
    kernel.fail(error)
    for (const line of world.unfinished()) kernel.note(line)
  } finally {
    await new Promise((turn) => real.setImmediate(turn))
    uninstall()
    port.host = undefined
  }
  return {
    seed,
    failure: kernel.failure,
    events: kernel.events,
    steps: kernel.steps,
    accesses: port.accesses,
    requests: world.requests.size,
    virtualMs: kernel.nowMs - kernel.startMs,
    faults: kernel.faults,
  }
}

/** The books at the end. */
function judge(world: World, script: MainScript): void {
  for (const { id, told, isAbandoned } of world.requests.values()) {
    if (told.length !== 1 && !isAbandoned) {
      throw new Broken(`request ${id} ended ${told.length} times`)
    }
  }
  const ledger = script.engine?.ledger()
  const { accepted = 0, completed = 0, inFlight = 0, duplicates = 0, lost = 0 } = ledger ?? {}
  if (accepted !== completed || inFlight !== 0 || duplicates !== 0 || lost !== 0) {
    const books = `accepted ${accepted} completed ${completed} in flight ${inFlight}`
    throw new Broken(`the ledger says ${books} duplicates ${duplicates} lost ${lost}`)
  }
  for (const actor of world.threads.workers) {
    if (!actor.isDead) throw new Broken(`${actor.name} lives on after the engine has stopped`)
  }
}

/** Virtual globals, and what Node tells of errors that nobody caught. */
function install(kernel: Kernel): () => void {
  const restore = installGlobals(kernel)
  const uncaught = (error: unknown): void => {
    if (!(error instanceof Killed)) kernel.threw(error)
  }
  process.on('uncaughtException', uncaught)
  // Drivers of the simulation leave none behind: one that comes is a defect.
  const rejected = (error: unknown): void => {
    if (!(error instanceof Killed)) kernel.fail(error)
  }
  process.on('unhandledRejection', rejected)
  return () => {
    process.off('uncaughtException', uncaught)
    process.off('unhandledRejection', rejected)
    restore()
  }
}
