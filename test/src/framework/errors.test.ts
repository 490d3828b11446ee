import { describe, expect, it } from 'vitest'
import { STATUS_BUFFER_TOO_SMALL, STATUS_PENDING } from '../../../src/abi/ntstatus.js'
import type { ErrorReport } from '../../../src/irp/device-description.js'
import { failureStatusOf, reportError, WdfStatusError } from '../../../src/framework/errors.js'

describe('WdfStatusError', () => {
  it('carries the status as number, as name and in its message, and the value', () => {
    const error = new WdfStatusError(STATUS_BUFFER_TOO_SMALL, 'two bytes', 2)
    expect(error).toMatchObject({
      name: 'WdfStatusError',
      code: 'STATUS_BUFFER_TOO_SMALL',
      ntstatus: STATUS_BUFFER_TOO_SMALL,
      value: 2,
      message: 'two bytes [STATUS_BUFFER_TOO_SMALL 0xC0000023]',
    })
  })
})

describe('a WdfStatusError that quotes another', () => {
  it('names the status once', () => {
    const inner = new WdfStatusError(STATUS_BUFFER_TOO_SMALL, 'two bytes', 2)
    const outer = new WdfStatusError(STATUS_BUFFER_TOO_SMALL, `a driver threw: ${inner.message}`)
    expect(outer.message).toBe('a driver threw: two bytes [STATUS_BUFFER_TOO_SMALL 0xC0000023]')
  })
})

describe('reportError', () => {
  it('keeps what survives a structured clone', () => {
    const report = reportError(new WdfStatusError(STATUS_BUFFER_TOO_SMALL, 'two bytes', () => {}))
    expect(structuredClone(report)).toEqual(report)
    expect(report).toMatchObject({
      name: 'WdfStatusError',
      code: 'STATUS_BUFFER_TOO_SMALL',
      ntstatus: STATUS_BUFFER_TOO_SMALL,
    })
    expect(report.stack).toMatch(/two bytes/)
  })

  it('keeps what an error was thrown for, and ends when that goes round', () => {
    const inner = new TypeError('the driver’s own')
    const report = reportError(new Error('importing threw', { cause: inner }))
    expect(report.cause).toMatchObject({ name: 'TypeError', message: 'the driver’s own' })
    expect(report.cause?.stack).toBe(inner.stack)
    expect(reportError(new Error('outer', { cause: 'text' })).cause?.message).toBe('threw text')
    inner.cause = inner
    let depth = 0
    for (let at: ErrorReport | undefined = reportError(inner); at !== undefined; at = at.cause)
      depth++
    expect(depth).toBe(5)
  })

  it('leaves out what an error does not have, or has in a form of its own', () => {
    const odd = Object.assign(new Error('odd'), { code: 7, ntstatus: 'x' })
    delete odd.stack
    expect(reportError(odd)).toEqual({ name: 'Error', message: 'odd' })
  })

  it.each([
    ['text', 'threw text'],
    [undefined, 'threw undefined'],
    [null, 'threw null'],
  ])('tells of %s, too', (thrown, message) => {
    expect(reportError(thrown)).toEqual({ name: 'Error', message })
  })
})

describe('failureStatusOf', () => {
  it('is the failure status that an error carries, as an int32', () => {
    expect(failureStatusOf({ ntstatus: STATUS_BUFFER_TOO_SMALL })).toBe(STATUS_BUFFER_TOO_SMALL)
  })

  it('is nothing for a success, for another type, for no object', () => {
    for (const thrown of [
      { ntstatus: 0 },
      { ntstatus: STATUS_PENDING },
      { ntstatus: '1' },
      { ntstatus: NaN },
      new Error('plain'),
      null,
      undefined,
      -5,
    ]) {
      expect(failureStatusOf(thrown)).toBeUndefined()
    }
  })
})
