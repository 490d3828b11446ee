import { describe, expect, it } from 'vitest'
import { BlockOracle } from '../../native-sim/block-oracle.js'

const options = { seed: 1, depth: 4, largestBytes: 4096 }
const words = (bytes: number) => new Int32Array(new SharedArrayBuffer(bytes))
const asBytes = (view: Int32Array) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength)

/** An oracle whose blocks 8 .. 15 were written twice; `data` is the second version of all of them. */
function written() {
  const oracle = new BlockOracle(options)
  const stale = words(4096)
  const data = words(4096)
  oracle.fillWrite(stale, 4096, 4096)
  oracle.fillWrite(data, 4096, 4096)
  oracle.captureRead(0, 4096, 4096)
  return { oracle, stale, data }
}

describe('BlockOracle catches', () => {
  it('one changed bit, and says where', () => {
    for (const position of [0, 4, 508, 512, 2052, 4092]) {
      const { oracle, data } = written()
      data[position / 4] = (data[position / 4] ?? 0) ^ 1
      expect(oracle.expectedWord(0, position)).toBe((data[position / 4] ?? 0) ^ 1)
      expect(oracle.checkRead(0, data)).toBe(position)
    }
  })

  it('stale data, whole or of one block', () => {
    const whole = written()
    expect(whole.oracle.checkRead(0, whole.stale)).toBe(0)
    const one = written()
    one.data.set(one.stale.subarray(256, 384), 256)
    expect(one.oracle.checkRead(0, one.data)).toBe(1024)
  })

  it('a write torn at any word', () => {
    for (let torn = 4; torn < 4096; torn += 68) {
      const { oracle, stale, data } = written()
      data.set(stale.subarray(torn / 4), torn / 4)
      expect(oracle.checkRead(0, data)).toBe(torn)
    }
  })

  it('data shifted by a byte, a word or a block', () => {
    for (const shift of [1, 4, 8, 256, 512]) {
      const { oracle, data } = written()
      asBytes(data).copyWithin(shift, 0, 4096 - shift)
      const at = oracle.checkRead(0, data)
      expect(at).toBe(shift === 1 ? 0 : shift)
      const back = written()
      asBytes(back.data).copyWithin(0, shift)
      expect(back.oracle.checkRead(0, back.data)).toBe(0)
    }
  })

  it('two blocks swapped, and the right data at the wrong place', () => {
    const { oracle, data } = written()
    const block = data.slice(0, 128)
    data.copyWithin(0, 384, 512)
    data.set(block, 384)
    expect(oracle.checkRead(0, data)).toBe(0)
    oracle.captureRead(0, 4096 + 512, 512)
    expect(oracle.checkRead(0, block)).toBe(0)
  })

  it('zeros for data, and data where nothing was written', () => {
    const { oracle } = written()
    expect(oracle.checkRead(0, words(4096))).toBe(0)
    const dirty = words(4096)
    dirty[1000] = 1
    oracle.captureRead(0, 0, 4096)
    expect(oracle.checkRead(0, dirty)).toBe(4000)
    expect(oracle.expectedWord(0, 4000)).toBe(0)
  })

  it('the data of an oracle with another seed', () => {
    const { oracle } = written()
    const other = new BlockOracle({ ...options, seed: 2 })
    const data = words(4096)
    other.fillWrite(data, 4096, 4096)
    other.fillWrite(data, 4096, 4096)
    expect(oracle.checkRead(0, data)).toBe(0)
  })
})
