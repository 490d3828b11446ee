import { describe, expect, it } from 'vitest'
import * as nvme from '../../../src/abi/nvme-registers.js'
import { headComment } from '../../harness/drawn-layout.js'

const comment = headComment('src/abi/nvme-registers.ts')
const constants = new Map(Object.entries(nvme))

describe('NVMe registers and entries', () => {
  it('are as drawn', () => {
    const drawn = [...comment.matchAll(/^ +0x(\w+) +([A-Z_]+) +R[OW]/gm)]
    expect(drawn).toHaveLength(7)
    for (const [, at = '', name = ''] of drawn) {
      expect(constants.get(`NVME_${name}`), `${name}:`).toBe(Number.parseInt(at, 16))
    }
  })

  it('have the published sizes: 64-byte submissions, 16-byte completions, 4-byte doorbells', () => {
    expect(nvme.NVME_SQE_WORDS * 4).toBe(64)
    expect(nvme.NVME_CQE_WORDS * 4).toBe(16)
    expect(nvme.NVME_DOORBELLS).toBe(0x1000)
    expect(nvme.NVME_COMPLETION_DOORBELL * 2).toBe(nvme.NVME_DOORBELL_STRIDE)
  })

  it('have the published codes', () => {
    expect(nvme).toMatchObject({
      NVME_ADMIN_CREATE_SQ: 1,
      NVME_ADMIN_CREATE_CQ: 5,
      NVME_ADMIN_IDENTIFY: 6,
      NVME_FLUSH: 0,
      NVME_WRITE: 1,
      NVME_READ: 2,
      NVME_OUT_OF_RANGE: 0x80,
      NVME_INVALID_VECTOR: 0x108,
    })
  })

  it('keep id, phase and status of a completion apart', () => {
    const { CQE_ID_MASK, CQE_PHASE, CQE_STATUS_SHIFT } = nvme
    expect(CQE_ID_MASK & CQE_PHASE).toBe(0)
    expect(1 << CQE_STATUS_SHIFT).toBe(CQE_PHASE << 1)
    expect((nvme.NVME_INVALID_VECTOR << CQE_STATUS_SHIFT) >>> CQE_STATUS_SHIFT).toBe(0x108)
  })
})
