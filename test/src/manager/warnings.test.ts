/** Warnings: text, type, detail, and not without end. */
import { afterEach, expect, it, vi } from 'vitest'
import { Warnings } from '../../../src/manager/warnings.js'

afterEach(() => {
  vi.restoreAllMocks()
})

it('says what and why, with the stack as detail, and ten times at most', () => {
  const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const warnings = new Warnings()
  const error = new Error('no disk')
  warnings.tell('stopping failed', error)
  expect(emit).toHaveBeenCalledWith('stopping failed: no disk', {
    type: 'IrpoolWarning',
    detail: error.stack,
  })
  warnings.tell('a driver threw', 7)
  expect(emit).toHaveBeenLastCalledWith('a driver threw: 7', { type: 'IrpoolWarning' })
  for (let i = 0; i < 20; i++) warnings.tell('again', error)
  expect(emit).toHaveBeenCalledTimes(10)
})
