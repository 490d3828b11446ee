/**
 * Edu bench: the shipped edu driver on a stepped edu device, with short words for its control codes.
 * Runs on: the test's own thread.
 */
import { EduDevice, type EduOptions } from '../../../../native-sim/edu-device.js'
import { prepareHardware } from '../../../../native-sim/hardware-models.js'
import type { Interrupt } from '../../../../src/framework/interrupt.js'
import edu from '../../../../src/pairs/hardware/edu.js'
import { Requester } from '../../../harness/requester.js'
import { SteppedHardware } from '../../../harness/stepped-hardware.js'

export type EduBenchOptions = Omit<EduOptions, 'name' | 'bar' | 'lines' | 'clock'>

export class EduBench {
  readonly stepped: SteppedHardware
  readonly requester: Requester

  constructor(stepped: SteppedHardware) {
    this.stepped = stepped
    this.requester = new Requester(stepped.engine)
  }

  get interrupt(): Interrupt {
    const interrupt = this.stepped.hardware?.interrupts[0]
    if (interrupt === undefined) throw new Error('the driver has no interrupt')
    return interrupt
  }

  /** Sends a control code with a number; its status, Information, and the number that came back. */
  ioctl(code: number, input?: number): [status: number, information: number, output: number] {
    const { requester, stepped } = this
    const view = new DataView(requester.buffer.bytes.buffer, requester.buffer.byteOffset)
    if (input !== undefined) view.setInt32(0, input, true)
    requester.ioctl(1, code, input === undefined ? 0 : 4, 4)
    const [completion] = stepped.run()
    if (completion === undefined) throw new Error('the request did not complete')
    return [completion.status, completion.information, view.getInt32(0, true)]
  }
}

export async function startEdu(options: EduBenchOptions = {}, parameters = {}): Promise<EduBench> {
  const stepped = new SteppedHardware({ slots: 16 })
  const { lines, clock } = stepped
  const model = { model: 'edu', name: 'edu0', ...options } as const
  const { plan, resources } = prepareHardware(model, lines, 0)
  const device = new EduDevice({ ...model, bar: plan.bar, lines, clock })
  await stepped.addDevice(edu, device, resources, parameters)
  return new EduBench(stepped)
}
