import { describe, expect, it } from 'vitest'
import { GuardedBuffer } from '../../../src/verifier/guarded-buffer.js'

describe('GuardedBuffer', () => {
  it('hands on what was changed, when it is told to', () => {
    const real = Uint8Array.of(1, 2, 3)
    const guarded = new GuardedBuffer(real)
    expect([...guarded.bytes]).toEqual([1, 2, 3])
    guarded.bytes[1] = 9
    expect([...real]).toEqual([1, 2, 3])
    guarded.flush()
    expect([...real]).toEqual([1, 9, 3])
  })

  it('leaves alone what a device has written meanwhile', () => {
    const real = Uint8Array.of(1, 2)
    const guarded = new GuardedBuffer(real)
    real.set([7, 8])
    guarded.flush()
    expect([...real]).toEqual([7, 8])
    guarded.refresh()
    expect([...guarded.bytes]).toEqual([7, 8])
  })

  it('knows who writes to it afterwards', () => {
    const guarded = new GuardedBuffer(new Uint8Array(16))
    guarded.poison()
    expect(guarded.wasTouched).toBe(false)
    guarded.bytes[15] = 0
    expect(guarded.wasTouched).toBe(true)
  })
})
