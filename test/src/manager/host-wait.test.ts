import { describe, expect, it } from 'vitest'
import { DOORBELL_WORDS } from '../../../src/abi/doorbell-layout.js'
import { HostWait } from '../../../src/manager/host-wait.js'
import { Ringer, Sleeper } from '../../../src/sharedarraybuffer-queue/doorbell.js'

const LONG_MS = 20_000

function bench(arrivesAtLook = Infinity) {
  const words = new Int32Array(new SharedArrayBuffer(DOORBELL_WORDS * 4))
  const sleeper = new Sleeper(words, 0)
  const state = { looks: 0, hasArrived: false }
  const waiting = new HostWait(sleeper, () => {
    state.looks++
    return state.hasArrived || state.looks >= arrivesAtLook
  })
  return { waiting, sleeper, state, host: new Ringer(words, 0) }
}

describe('HostWait', () => {
  it.each([
    ['adaptive', 1],
    ['park', 1],
    ['busy-spin', 0],
  ] as const)('%s: ends when its time is over; parks: %s', (name, parks) => {
    const { waiting, sleeper } = bench()
    expect(waiting.strategy).toBe('adaptive')
    waiting.strategy = name
    expect(waiting.strategy).toBe(name)
    // A wait whose time is over before it comes to that does not park.
    do expect(waiting.wait(2)).toBe(false)
    while (sleeper.parks < parks)
    expect(sleeper.parks > 0).toBe(parks > 0)
  })

  it('spins first, unless it is to park at once', () => {
    const adaptive = bench(100)
    expect(adaptive.waiting.wait(LONG_MS)).toBe(true)
    expect([adaptive.sleeper.parks, adaptive.state.looks]).toEqual([0, 100])
    // Looks before it announces its sleep, and once more after that: no sleep when something has come meanwhile.
    const park = bench(2)
    park.waiting.strategy = 'park'
    expect(park.waiting.wait(LONG_MS)).toBe(true)
    expect([park.sleeper.parks, park.state.looks]).toEqual([0, 3])
  })

  it('looks once when there is something', () => {
    const { waiting, state } = bench(1)
    expect(waiting.wait(LONG_MS)).toBe(true)
    expect(state.looks).toBe(1)
  })

  it('sleeps on the event loop until it is rung, or its time is over', async () => {
    const { waiting, state, host, sleeper } = bench()
    expect(await waiting.waitAsync(1)).toBe(false)
    const waited = waiting.waitAsync(LONG_MS)
    setImmediate(() => {
      state.hasArrived = true
      host.ring()
    })
    expect(await waited).toBe(true)
    expect(sleeper.rescues).toBe(0)
  })
})
