import { describe, expect, it } from 'vitest'
import { checkCommand } from '../../../src/nbd/command-check.js'
import type { NbdExport } from '../../../src/nbd/nbd-export.js'
import * as p from '../../../src/nbd/protocol.js'
import { RequestHeader } from '../../../src/nbd/wire.js'

const subject: NbdExport = {
  name: '',
  description: '',
  device: '',
  sizeBytes: 4096,
  blockBytes: 512,
  isReadOnly: false,
  canUnmap: true,
}
function check(type: number, offset: number, length: number, flags = 0, of = subject): number {
  return checkCommand(Object.assign(new RequestHeader(), { type, offset, length, flags }), of, 2048)
}

describe('a request', () => {
  it.each([p.CMD_READ, p.CMD_WRITE, p.CMD_TRIM, p.CMD_WRITE_ZEROES])(
    'of type %d is within the disk',
    (type) => {
      const beyond = type === p.CMD_READ ? p.NBD_EINVAL : p.NBD_ENOSPC
      expect(check(type, 3584, 512)).toBe(0)
      expect(check(type, 4096, 0)).toBe(0)
      expect(check(type, 3584, 1024)).toBe(beyond)
      expect(check(type, 2 ** 64, 512)).toBe(beyond)
      expect(check(type, 1, 2)).toBe(0)
      expect(check(type, 4095, 2)).toBe(beyond)
    },
  )

  it('that reads is no longer than the memory for it', () => {
    expect([check(p.CMD_READ, 0, 2048), check(p.CMD_READ, 0, 2560)]).toEqual([0, p.NBD_EINVAL])
    expect(check(p.CMD_WRITE, 0, 4096)).toBe(0)
  })

  it.each([
    [p.CMD_READ, p.CMD_FLAG_DF | p.CMD_FLAG_FUA],
    [p.CMD_WRITE, p.CMD_FLAG_FUA],
    [p.CMD_FLUSH, p.CMD_FLAG_FUA],
    [p.CMD_TRIM, p.CMD_FLAG_FUA],
    [p.CMD_WRITE_ZEROES, p.CMD_FLAG_FUA | p.CMD_FLAG_NO_HOLE],
    [p.CMD_CACHE, -1],
    [p.CMD_BLOCK_STATUS, -1],
    [99, -1],
  ])('of type %d has flags %d and no other', (type, allowed) => {
    for (let bit = 0; bit < 16; bit++) {
      const flags = 1 << bit
      const isFast = type === p.CMD_WRITE_ZEROES && flags === p.CMD_FLAG_FAST_ZERO
      const isGood = allowed >= 0 && ((flags & allowed) === flags || isFast)
      expect(check(type, 0, 512, flags)).toBe(isGood ? 0 : p.NBD_EINVAL)
    }
  })

  it('changes nothing that is read-only', () => {
    const fixed = { ...subject, isReadOnly: true, canUnmap: false }
    for (const type of [p.CMD_WRITE, p.CMD_TRIM, p.CMD_WRITE_ZEROES]) {
      expect(check(type, 0, 512, 0, fixed)).toBe(p.NBD_EPERM)
    }
  })

  it('asks for fast zeroes where there are, and trims where one can', () => {
    const slow = { ...subject, canUnmap: false }
    const fast = p.CMD_FLAG_FAST_ZERO
    expect(check(p.CMD_WRITE_ZEROES, 0, 512, fast, slow)).toBe(p.NBD_ENOTSUP)
    expect(check(p.CMD_WRITE_ZEROES, 0, 512, fast | p.CMD_FLAG_NO_HOLE)).toBe(p.NBD_ENOTSUP)
    expect(check(p.CMD_WRITE_ZEROES, 0, 512, 0, slow)).toBe(0)
    expect(check(p.CMD_TRIM, 0, 512, 0, slow)).toBe(p.NBD_EINVAL)
  })
})
