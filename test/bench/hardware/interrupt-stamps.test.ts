import { describe, expect, it } from 'vitest'
import { InterruptStamps, STAMPS_OF_PLACE } from '../../../bench/hardware/interrupt-stamps.js'
import { createRaiseTimes, RaiseTimes } from '../../../native-sim/raise-times.js'
import type { Interrupt, Request } from '../../../src/index.js'

function request(place: number): Request {
  return { deviceOffset: place * 512 } as Request
}

describe('InterruptStamps', () => {
  it('gives a completion the oldest raise, the first claimed ISR and the DPC that it came with', () => {
    const raiseTimes = createRaiseTimes(1)
    const raises = new RaiseTimes(raiseTimes, 0)
    const places = new SharedArrayBuffer(2 * STAMPS_OF_PLACE * 8)
    const stamps = new InterruptStamps({ places, raiseTimes })
    const read = new Float64Array(places)
    const interrupt = { messageNumber: 0, statistics: { taken: 4 } } as unknown as Interrupt
    expect(stamps.isr(interrupt, () => false)).toBe(false)
    raises.note(5)
    raises.note(6)
    expect(stamps.isr(interrupt, () => true)).toBe(true)
    expect(stamps.isr(interrupt, () => true)).toBe(true)
    stamps.dpc()
    stamps.completed(request(1))
    const [raised, isr, dpc, completed] = read.subarray(STAMPS_OF_PLACE)
    expect(raised).toBe(new Float64Array(raiseTimes)[5])
    expect([raised, isr, dpc, completed]).toEqual(
      [raised!, isr!, dpc!, completed!].toSorted((a, b) => a - b),
    )
    expect(read[0]).toBe(0)
  })

  it('a DPC without an interrupt, a watchdog for instance, has no raise', () => {
    const places = new SharedArrayBuffer(STAMPS_OF_PLACE * 8)
    const stamps = new InterruptStamps({ places, raiseTimes: createRaiseTimes(1) })
    stamps.dpc()
    stamps.completed(request(0))
    const [raised, isr, dpc] = new Float64Array(places)
    expect([raised, isr]).toEqual([0, 0])
    expect(dpc).toBeGreaterThan(0)
  })
})
