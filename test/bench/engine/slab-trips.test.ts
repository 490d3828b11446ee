import { describe, expect, it } from 'vitest'
import { SlabTrips } from '../../../bench/engine/slab-trips.js'
import { IRP_LENGTH, IRP_OFFSET_LO, IRP_SLOT_SHIFT } from '../../../src/abi/irp-layout.js'
import { SpscConsumer, SpscProducer } from '../../../src/sharedarraybuffer-queue/index.js'

/** The thread's side on this one; `spoil` changes what it answers to request number `n`. */
function complete(
  trips: SlabTrips,
  spoil: (n: number, answer: { slot: number; status: number; information: number }) => void,
): number {
  const { buffer, submissions, completions, results, slots } = trips.job
  const words = new Int32Array(buffer)
  const taken = new SpscConsumer(words, submissions)
  const done = new SpscProducer(words, completions)
  let sum = 0
  for (let n = 0; taken.available(1) > 0; n++) {
    const slot = taken.take()
    const base = slots + (slot << IRP_SLOT_SHIFT)
    const answer = { slot, status: 0, information: words[base + IRP_LENGTH]! }
    spoil(n, answer)
    const result = results + (done.stage(answer.slot) << 1)
    words[result] = answer.status
    words[result + 1] = answer.information
    sum = (sum + words[base + IRP_OFFSET_LO]!) | 0
  }
  taken.release()
  done.publish()
  return sum
}

describe('SlabTrips', () => {
  it('finds nothing wrong with right answers', () => {
    const trips = new SlabTrips()
    trips.turns()
    const sum = complete(trips, () => {})
    expect(trips.drain()).toEqual({})
    expect(trips.completed).toBe(1024)
    expect([trips.isSumRight({ sum }), trips.isSumRight({ sum: sum + 1 })]).toEqual([true, false])
  })

  it.each([
    ['a failure', { status: -1 }, { wrong: 1 }],
    ['another slot', { slot: 77 }, { wrong: 1 }],
    ['a byte less', { information: 511 }, { wrongBytes: -1 }],
  ])('notices %s', (_, change, complaints) => {
    const trips = new SlabTrips()
    trips.turns()
    complete(trips, (n, answer) => void (n === 5 && Object.assign(answer, change)))
    expect(trips.drain()).toEqual(complaints)
  })
})
