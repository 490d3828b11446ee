import { describe, expect, it } from 'vitest'
import { METHOD_BUFFERED, methodOf } from '../../../src/abi/ctl-code.js'
import * as ioctl from '../../../src/abi/edu-ioctl.js'

describe('control codes of the edu driver', () => {
  it('are three different buffered ones of the vendor’s range', () => {
    const codes = Object.values(ioctl)
    expect(new Set(codes).size).toBe(3)
    for (const code of codes) {
      expect(methodOf(code)).toBe(METHOD_BUFFERED)
      expect((code >>> 2) & 0xfff).toBeGreaterThanOrEqual(0x800)
      expect(code >>> 16).toBe(0x22)
    }
  })
})
