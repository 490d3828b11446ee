import { describe, expect, it } from 'vitest'
import * as ntstatus from '../../../src/abi/ntstatus.js'
import { statusHex, statusName } from '../../../src/abi/ntstatus-name.js'

describe('statusName', () => {
  it('names every status that there is', () => {
    const statuses = Object.entries(ntstatus).filter(([name]) => name.startsWith('STATUS_'))
    expect(statuses.length).toBeGreaterThan(40)
    expect(statuses.map(([, value]) => statusName(Number(value)))).toEqual(
      statuses.map(([name]) => name),
    )
  })

  it('shows a value without a name as people write it', () => {
    expect(statusName(0xc0ffee00 | 0)).toBe('0xC0FFEE00')
  })
})

describe('statusHex', () => {
  it('has eight digits, and never a sign', () => {
    expect(statusHex(0)).toBe('0x00000000')
    expect(statusHex(ntstatus.STATUS_PENDING)).toBe('0x00000103')
    expect(statusHex(ntstatus.STATUS_CANCELLED)).toBe('0xC0000120')
    expect(statusHex(-1)).toBe('0xFFFFFFFF')
  })
})
