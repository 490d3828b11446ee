/**
 * Behaviours bench: an engine with the `behaviours` driver, which does with a read what its offset says, for as long as
 * a group of tests lasts. Runs on: the test's own thread.
 */
import { afterAll, beforeAll } from 'vitest'
import type { DriverFault, Engine as EngineType, IrpFile } from '../../src/index.js'
import { Engine, fixture } from './built.js'
import { within } from './helpers.js'

export interface BehavioursBench {
  readonly engine: EngineType
  readonly file: IrpFile
  /** Every `driverFault` so far. */
  readonly faults: DriverFault[]
  /** A read with that behaviour; its end, however it ended. */
  readonly read: (behaviour: number) => Promise<{ status: number; information: number }>
}

/** Call it inside `describe`. Engine and file are there when the tests run. */
export function behavioursBench(slots: number): BehavioursBench {
  const faults: DriverFault[] = []
  const made: { engine?: EngineType; file?: IrpFile } = {}

  beforeAll(async () => {
    const engine = await Engine.start({ workers: 1, slots })
    made.engine = engine
    engine.on('driverFault', (fault) => faults.push(fault))
    await engine.addDevice({ name: 'behaviours', driver: fixture('behaviours') })
    made.file = await engine.open('behaviours')
  })

  afterAll(() => made.engine?.stop())

  return {
    get engine() {
      return made.engine!
    },
    get file() {
      return made.file!
    },
    faults,
    read: (offset) =>
      within(
        30_000,
        `a read with behaviour ${offset}`,
        made.file!.read(new Uint8Array(8), { offset, rejectOnFailure: false }),
      ),
  }
}
