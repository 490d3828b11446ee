import { describe, expect, it } from 'vitest'
import * as edu from '../../../src/abi/edu-registers.js'
import { headComment } from '../../harness/drawn-layout.js'

const constants = new Map(Object.entries(edu))

/** Offset and access of each register as QEMU's docs/specs/edu publishes them. */
const PUBLISHED: Record<string, number> = {
  IDENTIFICATION: 0x00,
  LIVENESS: 0x04,
  FACTORIAL: 0x08,
  STATUS: 0x20,
  INTERRUPT_STATUS: 0x24,
  INTERRUPT_RAISE: 0x60,
  INTERRUPT_ACK: 0x64,
  DMA_SOURCE: 0x80,
  DMA_DESTINATION: 0x88,
  DMA_COUNT: 0x90,
  DMA_COMMAND: 0x98,
}

describe('edu registers', () => {
  it('are where the specification has them', () => {
    for (const [name, offset] of Object.entries(PUBLISHED)) {
      expect(constants.get(`EDU_${name}`), `${name}:`).toBe(offset)
    }
    expect(edu).toMatchObject({
      EDU_IDENTITY: 0x010000ed,
      EDU_COMPUTING: 0x01,
      EDU_RAISE_WHEN_COMPUTED: 0x80,
      EDU_DMA_START: 0x01,
      EDU_DMA_FROM_DEVICE: 0x02,
      EDU_DMA_RAISE: 0x04,
      EDU_EVENT_DMA: 0x100,
      EDU_BUFFER_ADDRESS: 0x40000,
      EDU_BUFFER_BYTES: 4096,
    })
  })

  it('are as drawn', () => {
    const drawn = [...headComment('src/abi/edu-registers.ts').matchAll(/^ +0x(\w+) +([A-Z_]+) /gm)]
    expect(drawn).toHaveLength(12)
    for (const [, at = '', name = ''] of drawn) {
      expect(constants.get(`EDU_${name}`), `${name}:`).toBe(Number.parseInt(at, 16))
    }
  })
})
