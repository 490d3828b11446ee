import { describe, expect, it } from 'vitest'
import {
  asBytes,
  checkIoctlCode,
  checkOffset,
  checkOptions,
} from '../../../src/manager/request-checks.js'

const code = (text: string, value: unknown) =>
  expect.objectContaining({ name: 'EngineError', code: text, value })

describe('asBytes', () => {
  it('gives the bytes of any view, as they lie', () => {
    const buffer = new ArrayBuffer(16)
    const bytes = new Uint8Array(buffer, 4, 8)
    expect(asBytes(bytes, 'read')).toBe(bytes)
    for (const view of [
      new DataView(buffer, 4, 8),
      new Float64Array(buffer, 8, 1),
      Buffer.alloc(3),
    ]) {
      const { byteOffset, byteLength } = asBytes(view, 'read')
      expect([byteOffset, byteLength]).toEqual([view.byteOffset, view.byteLength])
    }
    expect(asBytes(new Uint8Array(0), 'read')).toHaveLength(0)
  })

  it.each([null, undefined, 'text', 5, {}, [], new ArrayBuffer(4)])('refuses %s', (value) => {
    expect(() => asBytes(value as never, 'read')).toThrow(code('ERR_IRP_BUFFER', value))
  })

  it('refuses a view whose memory has been transferred away', () => {
    const bytes = new Uint8Array(8)
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
    expect(() => asBytes(bytes, 'read')).toThrow(/detached/)
  })

  it('refuses a view that its buffer shrank away from, and takes an empty one', () => {
    const Resizable = ArrayBuffer as new (bytes: number, options: object) => ArrayBuffer
    const buffer = new Resizable(16, { maxByteLength: 16 }) as ArrayBuffer & {
      resize(to: number): void
    }
    const views = [
      new Uint8Array(buffer, 8, 8),
      new Float64Array(buffer, 8, 1),
      new DataView(buffer, 8),
    ]
    const empty = new Uint8Array(buffer, 0, 0)
    buffer.resize(4)
    for (const view of views) {
      expect(() => asBytes(view, 'read')).toThrow(code('ERR_IRP_BUFFER', view))
    }
    expect(asBytes(empty, 'read')).toHaveLength(0)
  })

  it('says how an array buffer is passed', () => {
    expect(() => asBytes(new ArrayBuffer(4) as never, 'read')).toThrow(/new Uint8Array\(buffer\)/)
  })
})

describe('checkOffset', () => {
  it('is 0 for none', () => {
    expect(checkOffset(undefined)).toBe(0)
    expect(checkOffset(Number.MAX_SAFE_INTEGER)).toBe(Number.MAX_SAFE_INTEGER)
  })

  it.each([-1, 0.5, 2 ** 53, NaN, Infinity, '1', null])('refuses %s', (offset) => {
    expect(() => checkOffset(offset as number)).toThrow(code('ERR_IRP_OFFSET', offset))
  })
})

describe('checkIoctlCode', () => {
  it.each([0, 2 ** 32 - 1, -(2 ** 31), 0x222000])('takes %d', (ioctl) => {
    expect(() => checkIoctlCode(ioctl)).not.toThrow()
  })

  it.each([2 ** 32, -(2 ** 31) - 1, 1.5, NaN, '1'])('refuses %s', (ioctl) => {
    expect(() => checkIoctlCode(ioctl as number)).toThrow(code('ERR_IRP_IOCTL', ioctl))
  })
})

describe('checkOptions', () => {
  it('takes what can be', () => {
    const { signal } = new AbortController()
    for (const options of [{}, { timeoutMs: 0.5 }, { timeoutMs: 2 ** 31 - 1 }, { signal }]) {
      expect(() => checkOptions(options)).not.toThrow()
    }
  })

  it.each([0, -1, NaN, Infinity, 2 ** 31])('refuses a time-out of %d ms', (timeoutMs) => {
    expect(() => checkOptions({ timeoutMs })).toThrow(code('ERR_IRP_OPTION', timeoutMs))
  })

  it('refuses a signal that is none', () => {
    const signal = { aborted: true } as AbortSignal
    expect(() => checkOptions({ signal })).toThrow(code('ERR_IRP_OPTION', signal))
  })
})
