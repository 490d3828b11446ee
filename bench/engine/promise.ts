/**
 * promise.ts: the promise API in a closed loop: each answer issues the next read into a buffer of its own.
 *
 * Runs on: the main thread of a child process.
 * The books are those of the rivals, so the comparison is of the two ways and of nothing else. Buffers lie
 * in the channel (direct), as the null driver writes nothing that would have to be copied.
 */
import type { IrpFile } from '../../src/index.js'
import { ClosedLoop, lengthOf, offsetOf } from '../rivals/closed-loop.js'
import type { Measurement, Scenario, ScenarioContext } from '../scenario.js'
import { EngineWindow } from './engine-window.js'
import { ENGINE_GROUP } from './groups.js'
import { measureOnEngine, nullDevices, slotsFor } from './null-devices.js'

const DEPTH = 64

async function promiseClient(
  loop: ClosedLoop,
  slot: number,
  file: IrpFile,
  bytes: Uint8Array,
): Promise<void> {
  let more = true
  while (more) {
    const id = loop.issue(slot)
    const { status, information } = await file.read(bytes, { offset: offsetOf(id) })
    more = loop.complete(id, status, information)
  }
}

async function run(context: ScenarioContext): Promise<Measurement> {
  const workers = Math.min(context.options.workers, DEPTH)
  const devices = await nullDevices(workers)
  const options = { workers, slots: slotsFor(DEPTH), devices }
  return measureOnEngine(options, async function measurePromises(engine) {
    const files = await Promise.all(devices.map(({ name }) => engine.open(name)))
    const window = new EngineWindow(engine)
    const loop = new ClosedLoop(DEPTH, context, window)
    const clients = Array.from({ length: DEPTH }, (_, slot) => {
      // A slot's ids are a multiple of 8 apart, so its requests are all of one length.
      const { bytes } = engine.channel.allocate(lengthOf(slot))
      return promiseClient(loop, slot, files[slot % files.length]!, bytes)
    })
    const [measurement] = await Promise.all([loop.finished(), ...clients])
    return { ...measurement, notes: { ...window.notes(), ...measurement.notes } }
  })
}

export const promiseScenarios: readonly Scenario[] = [
  {
    name: `irp/promise/depth-${DEPTH}`,
    unit: 'IRP/s',
    group: ENGINE_GROUP,
    title: `promise API, ${DEPTH} in flight`,
    quick: true,
    comparedWith: [
      `rival/post-message/depth-${DEPTH}`,
      `rival/piscina-tasks-64/depth-${DEPTH}`,
      `rival/piscina-tasks-1/depth-${DEPTH}`,
    ],
    run,
  },
]
