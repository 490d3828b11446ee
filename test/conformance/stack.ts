/**
 * Stack: a stepped engine with a device stack of inline drivers, top first.
 * Runs on: the test's own thread.
 */
import type { DeviceRole } from '../../src/irp/device-description.js'
import { Requester } from '../harness/requester.js'
import { SteppedEngine } from '../harness/stepped-engine.js'

export interface Stack {
  readonly engine: SteppedEngine
  readonly requester: Requester
}

/** One driver URL a level; the last one is a bus, those in front filters, unless `roles` says otherwise. */
export async function stackOf(
  drivers: readonly string[],
  roles: readonly DeviceRole[] = ['function', 'bus'],
): Promise<Stack> {
  const engine = new SteppedEngine()
  const [top = '', ...lower] = drivers
  await engine.addDevice(top, {
    role: roles[0] ?? 'function',
    below: lower.map((driver, i) => ({
      id: i + 1,
      driver,
      role: roles[i + 1] ?? 'bus',
      parameters: {},
    })),
  })
  return { engine, requester: new Requester(engine) }
}
