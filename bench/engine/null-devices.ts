/**
 * null-devices.ts: an engine with null devices, from its start to its ledger.
 *
 * Runs on: the main thread of a child process. The engine is loaded here, when a scenario runs.
 */
import type { DeviceOptions, Engine, EngineOptions } from '../../src/index.js'
import type { Measurement } from '../scenario.js'

/** A channel has at least that many slots: opening and closing take some too. */
const FEWEST_SLOTS = 64

/** As many slots as requests in flight: a power of two. */
export function slotsFor(depth: number): number {
  return Math.max(FEWEST_SLOTS, 2 ** Math.ceil(Math.log2(depth)))
}

/** Devices of the null driver, `null0` and so on, each on the next worker in turn. */
export async function nullDevices(
  count: number,
  parameters: Readonly<Record<string, unknown>> = {},
): Promise<DeviceOptions[]> {
  const { drivers } = await import('../../src/index.js')
  return Array.from({ length: count }, (_, index) => ({
    name: `null${index}`,
    driver: drivers.null,
    parameters,
  }))
}

/** Starts an engine, lets `body` measure on it, stops it, and puts its ledger beside the measurement. */
export async function measureOnEngine(
  options: EngineOptions,
  body: (engine: Engine) => Promise<Measurement>,
): Promise<Measurement> {
  const { Engine: EngineClass, addLedgers } = await import('../../src/index.js')
  const engine = await EngineClass.start(options)
  const measurement = await body(engine)
  await engine.stop()
  // A simulated device brings the ledger of its own channel.
  const ledgers = measurement.ledger === undefined ? [] : [measurement.ledger]
  return { ...measurement, ledger: addLedgers([engine.ledger(), ...ledgers]) }
}
