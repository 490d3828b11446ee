import { describe, expect, it } from 'vitest'
import { RequestVerifier } from '../../native-sim/request-verifier.js'

const buffer = () => new Uint8Array(new SharedArrayBuffer(1024))

describe('RequestVerifier', () => {
  it('a read that brings what was written is right', () => {
    const [first, second] = [buffer(), buffer()]
    const verifier = new RequestVerifier(1, true, [first, second])
    verifier.submittedWrite(0, 512, 1024)
    verifier.submittedRead(1, 512, 1024)
    expect(second.every((byte) => byte === 0)).toBe(false)
    second.set(first)
    verifier.completedWrite(0, 0, 512, 1024, 1024)
    verifier.completedRead(1, 1, 512, 1024, 1024)
    expect(verifier).toMatchObject({ verified: 1, undecided: 0, mismatches: 0 })
    expect(verifier.oracle.checksum).not.toBe(0)
  })

  it('a read that brings nothing is wrong, even where zeros or old data would be right', () => {
    const verifier = new RequestVerifier(1, true, [buffer()])
    verifier.submittedRead(0, 0, 512)
    verifier.completedRead(0, 0, 0, 512, 512)
    verifier.submittedWrite(0, 0, 512)
    verifier.completedWrite(0, 1, 0, 512, 512)
    verifier.submittedRead(0, 0, 512)
    verifier.completedRead(0, 2, 0, 512, 512)
    expect(verifier).toMatchObject({ verified: 0, mismatches: 2 })
  })

  it('tells where the wrong word is, and what was expected', () => {
    const [written, read] = [buffer(), buffer()]
    const verifier = new RequestVerifier(1, true, [written, read])
    verifier.submittedWrite(0, 4096, 1024)
    verifier.submittedRead(1, 4096, 1024)
    read.set(written)
    const words = new Int32Array(read.buffer)
    const expected = words[150]
    words[150] = 5
    verifier.completedRead(1, 17, 4096, 1024, 1024)
    expect(verifier.firstMismatches).toEqual([
      {
        kind: 'data',
        operation: 'read',
        request: 17,
        offsetBytes: 4096,
        sizeBytes: 1024,
        positionBytes: 4096 + 600,
        expected,
        found: 5,
      },
    ])
  })

  it('a success that moved another length is a mismatch; its blocks are undecided', () => {
    const verifier = new RequestVerifier(1, true, [buffer(), buffer()])
    verifier.submittedWrite(0, 0, 1024)
    verifier.completedWrite(0, 4, 0, 1024, 512)
    expect(verifier.firstMismatches).toEqual([
      {
        kind: 'length',
        operation: 'write',
        request: 4,
        offsetBytes: 0,
        sizeBytes: 1024,
        positionBytes: 512,
        expected: 1024,
        found: 512,
      },
    ])
    verifier.submittedRead(1, 0, 512)
    verifier.completedRead(1, 5, 0, 512, 512)
    expect(verifier).toMatchObject({ undecided: 1, mismatches: 1 })
  })

  it('counts all mismatches and keeps the first 8', () => {
    const verifier = new RequestVerifier(1, true, [buffer()])
    for (let i = 0; i < 20; i++) {
      verifier.submittedRead(0, 512 * i, 512)
      verifier.completedRead(0, i, 512 * i, 512, 512)
    }
    expect(verifier.mismatches).toBe(20)
    expect(verifier.firstMismatches.map(({ request }) => request)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })
})
