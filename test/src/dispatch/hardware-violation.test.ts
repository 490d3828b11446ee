import { expect, it } from 'vitest'
import { hardwareViolation } from '../../../src/dispatch/hardware-violation.js'
import { WdfViolation } from '../../../src/dispatch/wdf-violation.js'

const violate = (): never => hardwareViolation('WDF_DMA_FATAL_ERROR', 'release it first', 7)

it('is a WdfViolation with the code, the value and what to do', () => {
  expect(violate).toThrow(WdfViolation)
  expect(violate).toThrow(
    expect.objectContaining({
      code: 'WDF_DMA_FATAL_ERROR',
      bugCheck: 0x10d,
      value: 7,
      message: 'release it first',
    }),
  )
})
