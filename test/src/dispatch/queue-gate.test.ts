import { describe, expect, it } from 'vitest'
import { Random } from '../../../native-sim/random.js'
import type { DispatchedRequest } from '../../../src/dispatch/dispatched-request.js'
import { QueueGate } from '../../../src/dispatch/queue-gate.js'

type Linked = Pick<DispatchedRequest, 'next' | 'previous' | 'slot'>

/** Only the links and the number of a request are used by a gate. */
function linked(slot: number): DispatchedRequest {
  const request: Linked = { next: null, previous: null, slot }
  return request as DispatchedRequest
}

function waiting(gate: QueueGate): number[] {
  const slots: number[] = []
  let previous: DispatchedRequest | null = null
  for (let request = gate.head; request !== null; request = request.next) {
    expect(request.previous).toBe(previous)
    slots.push(request.slot)
    previous = request
  }
  expect(gate.tail).toBe(previous)
  expect(gate.queued).toBe(slots.length)
  return slots
}

const none = () => 'none'

describe('QueueGate', () => {
  it('is closed and empty when it is new, and has one answer for everything', () => {
    const gate = new QueueGate(none)
    expect(gate).toMatchObject({ limit: 0, owned: 0, queued: 0, isReady: false })
    expect(waiting(gate)).toEqual([])
    expect([
      gate.evtIoRead,
      gate.evtIoWrite,
      gate.evtIoDeviceControl,
      gate.evtIoInternalDeviceControl,
      gate.evtIoDefault,
    ]).toEqual([none, none, none, none, none])
  })

  it('lets requests out wherever they stand, and leaves no link in them', () => {
    const gate = new QueueGate(() => {})
    const requests = [0, 1, 2, 3].map(linked)
    for (const request of requests) gate.append(request)
    expect(waiting(gate)).toEqual([0, 1, 2, 3])
    for (const [slot, left] of [
      [2, [0, 1, 3]],
      [0, [1, 3]],
      [3, [1]],
      [1, []],
    ] as const) {
      const request = requests[slot] as DispatchedRequest
      gate.remove(request)
      expect(waiting(gate)).toEqual(left)
      expect([request.next, request.previous]).toEqual([null, null])
    }
  })

  it('does what an array does, at random', () => {
    const random = new Random(41)
    const gate = new QueueGate(() => {})
    const requests = Array.from({ length: 20 }, (_, slot) => linked(slot))
    let model: number[] = []
    for (let step = 0; step < 3000; step++) {
      const slot = random.nextBelow(20)
      const request = requests[slot] as DispatchedRequest
      if (model.includes(slot)) {
        gate.remove(request)
        model = model.filter((other) => other !== slot)
      } else {
        gate.append(request)
        model.push(slot)
      }
      expect(waiting(gate)).toEqual(model)
    }
  })
})
