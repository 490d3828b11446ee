import { describe, expect, it } from 'vitest'
import { callbackNumber, placeOf } from '../../../src/abi/callback-names.js'
import { STATUS_DEVICE_BUSY, STATUS_DRIVER_INTERNAL_ERROR } from '../../../src/abi/ntstatus.js'
import { RECORD_CALLBACK_FAILED } from '../../../src/abi/recorder-layout.js'
import { CallbackPlace } from '../../../src/dispatch/callback-place.js'
import type { DispatchTurn } from '../../../src/dispatch/dispatch-turn.js'
import { DeferredCall } from '../../../src/dispatch/dpc-queue.js'
import { SERVICE_UNCLAIMED } from '../../../src/dispatch/interrupt-controller.js'
import { TimerCall } from '../../../src/dispatch/timer-queue.js'
import { WorkItemCall } from '../../../src/dispatch/work-item-queue.js'
import { WdfStatusError } from '../../../src/framework/errors.js'
import { newLevels } from '../../../src/framework/worker-levels.js'
import {
  createInterruptBlock,
  InterruptLines,
  type LineDescriptor,
} from '../../../src/irp/interrupt-block.js'
import { FaultPlan } from '../../../native-sim/fault-plan.js'
import { InterruptLine } from '../../../native-sim/interrupt-line.js'

const DEVICE = 3

function rig() {
  const faults: [device: string, callback: string, message: string][] = []
  const records: number[][] = []
  const interrupts = createInterruptBlock(1)
  const owner = {
    turn: { levels: null } as unknown as DispatchTurn,
    pendingAsync: 0,
    place: new CallbackPlace(),
    devices: new Map([[DEVICE, { name: 'disk' }]]),
    wakes: 0,
    wake: () => void owner.wakes++,
    record: (...values: number[]) => void records.push(values),
  }
  const levels = newLevels(owner, {
    wake: owner.wake,
    driverFault: (device, callback, { message }) => void faults.push([device, callback, message]),
    interrupts,
  })
  const lines = new InterruptLines(interrupts, { buffer: new SharedArrayBuffer(512), word: 0 })
  const turn = (): number => levels.pollRaised() + levels.pollPassive()
  return { owner, levels, faults, records, lines, turn }
}

const fail = (message: string) => (): never => {
  throw new Error(message)
}

const busy = (): never => {
  throw new WdfStatusError(STATUS_DEVICE_BUSY, 'busy')
}

const hardwareOf = (line: LineDescriptor): InterruptLine =>
  new InterruptLine(line, 'message', new FaultPlan())

describe('a callback above or below the requests that throws is told by the name of', () => {
  it('its device and itself, at every level', () => {
    const { levels, faults, records, lines, turn } = rig()
    const line = lines.allocate()
    const isr = placeOf(DEVICE, 'EvtInterruptIsr')
    levels.interrupts.connect(line.line, { origin: isr, serviceInterrupt: fail('isr') }, null)
    hardwareOf(line).raise(0)
    levels.dpcs.enqueue(new DeferredCall(fail('dpc'), placeOf(DEVICE, 'EvtInterruptDpc')), 0, 0)
    const timer = new TimerCall(fail('timer'), 0, 0, true, placeOf(DEVICE, 'EvtTimerFunc'))
    levels.timers.start(timer, 0)
    levels.workItems.enqueue(new WorkItemCall(fail('item'), placeOf(DEVICE, 'EvtWorkItemFunc')))
    turn()
    expect(faults).toEqual([
      ['disk', 'EvtInterruptIsr', 'isr'],
      ['disk', 'EvtInterruptDpc', 'dpc'],
      ['disk', 'EvtTimerFunc', 'timer'],
      ['disk', 'EvtWorkItemFunc', 'item'],
    ])
    expect(records).toEqual(
      faults.map(([, callback]) => [
        RECORD_CALLBACK_FAILED,
        DEVICE,
        callbackNumber(callback),
        STATUS_DRIVER_INTERNAL_ERROR,
      ]),
    )
  })

  it('no device, when the device has gone or the call is nobody’s', () => {
    const { levels, faults, turn } = rig()
    levels.dpcs.enqueue(new DeferredCall(fail('gone'), placeOf(99, 'EvtDpcFunc')), 0, 0)
    levels.dpcs.enqueue(new DeferredCall(fail('nobody')), 0, 0)
    turn()
    expect(faults).toEqual([
      ['unknown', 'EvtDpcFunc', 'gone'],
      ['unknown', 'a callback', 'nobody'],
    ])
  })

  it('the status that its error carries, in the in-flight recorder', () => {
    const { levels, records, turn } = rig()
    levels.dpcs.enqueue(new DeferredCall(busy, placeOf(DEVICE, 'EvtDpcFunc')), 0, 0)
    turn()
    expect(records.map((values) => values[3])).toEqual([STATUS_DEVICE_BUSY])
  })
})

it('a line that nobody claims is switched off, and told by the name of its device', () => {
  const { levels, faults, lines, turn } = rig()
  const line = lines.allocate()
  const service = {
    origin: placeOf(DEVICE, 'EvtInterruptIsr'),
    serviceInterrupt: () => SERVICE_UNCLAIMED,
  }
  const connection = levels.interrupts.connect(line.line, service, null)
  const hardware = hardwareOf(line)
  for (let i = 0; i < 1000; i++) {
    hardware.raise(0)
    turn()
  }
  expect(connection.isStuck).toBe(true)
  expect(faults).toEqual([
    [
      'disk',
      'EvtInterruptIsr',
      'an interrupt was switched off: nobody claimed it 1000 times in a row',
    ],
  ])
})
