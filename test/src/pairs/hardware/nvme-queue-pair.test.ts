import { describe, expect, it } from 'vitest'
import {
  CQE_PHASE,
  CQE_STATUS,
  CQE_STATUS_SHIFT,
  NVME_CQE_WORDS,
  NVME_DOORBELLS,
  NVME_SQE_WORDS,
} from '../../../../src/abi/nvme-registers.js'
import { NvmeDevice } from '../../../../native-sim/nvme-device.js'
import { RegisterBank } from '../../../../native-sim/register-bank.js'
import { DeviceHardware } from '../../../../src/framework/device-hardware.js'
import { NvmeQueuePair } from '../../../../src/pairs/hardware/nvme-queue-pair.js'
import { freeDevice, newLevels } from '../../../harness/levels.js'

const TAIL = NVME_DOORBELLS + 8
const HEAD = NVME_DOORBELLS + 12

function bench(entries: number) {
  const bar = NvmeDevice.createBar()
  const buffer = new SharedArrayBuffer(65_536)
  const commonBuffer = { window: 5, buffer, byteOffset: 0, byteLength: 65_536 }
  const hardware = new DeviceHardware(freeDevice, newLevels().levels, { bar, commonBuffer })
  const pair = new NvmeQueuePair(hardware, 1, entries)
  pair.reset()
  let tail = 0
  let phase = CQE_PHASE
  /** The device. */
  const complete = (id: number, status: number): void => {
    pair.completions.write(
      tail * NVME_CQE_WORDS + CQE_STATUS,
      id | phase | (status << CQE_STATUS_SHIFT),
    )
    if (++tail < entries) return
    tail = 0
    phase ^= CQE_PHASE
  }
  return { pair, complete, bank: new RegisterBank(bar) }
}

describe('NvmeQueuePair', () => {
  it('goes round its submissions, a doorbell each', () => {
    const { pair, bank } = bench(3)
    const entries: number[] = []
    const doorbells: number[] = []
    for (let i = 0; i < 5; i++) {
      entries.push(pair.nextEntry / NVME_SQE_WORDS)
      pair.push()
      pair.ring()
      doorbells.push(bank.driverValue(TAIL))
    }
    expect([entries, doorbells]).toEqual([
      [0, 1, 2, 0, 1],
      [1, 2, 0, 1, 2],
    ])
  })

  it('takes completions by their phase, over many rounds, one doorbell a poll', () => {
    const { pair, complete, bank } = bench(5)
    const seen: [number, number][] = []
    const take = (id: number, status: number): void => void seen.push([id, status])
    const expected: [number, number][] = []
    for (let round = 0; round < 20; round++) {
      expect([pair.hasCompletion(), pair.poll(10, take)]).toEqual([false, 0])
      for (let i = 0; i < 4; i++) {
        complete(round * 4 + i, i)
        expected.push([round * 4 + i, i])
      }
      expect(pair.hasCompletion()).toBe(true)
      expect([pair.poll(3, take), pair.poll(10, take)]).toEqual([3, 1])
      expect(bank.driverValue(HEAD)).toBe(((round + 1) * 4) % 5)
    }
    expect(seen).toEqual(expected)
  })
})
