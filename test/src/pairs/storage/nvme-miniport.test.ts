/**
 * NVMe miniport: what a disk must do, differentially against plain memory, and with faults of the hardware.
 */
import assert from 'node:assert/strict'
import { describe, expect, it } from 'vitest'
import { Random } from '../../../../native-sim/random.js'
import * as nt from '../../../../src/abi/ntstatus.js'
import { writeWriteCdb, writeZeroesCdb } from '../../../../src/pairs/storage/cdb.js'
import { nvmeCommonBytes, PIECE_BYTES } from '../../../../src/pairs/storage/nvme-pieces.js'
import {
  SRB_FUNCTION_RESET_BUS,
  SRB_FUNCTION_RESET_LOGICAL_UNIT,
} from '../../../../src/pairs/storage/srb.js'
import { BUFFER_BYTES, NvmeDisk } from './nvme-rig.js'

function numbered(length: number, seed: number): Uint8Array {
  const random = new Random(seed)
  return Uint8Array.from({ length }, () => random.nextBelow(256))
}

function writeSame10(cdb: Uint8Array): number {
  cdb.set([0x41, 0, 0, 0, 0, 3, 0, 1, 0x90])
  return 10
}

/** So many rounds of reads and writes, 16 at once; returns how many ended with each status. */
function work(disk: NvmeDisk, rounds: number): Map<number, number> {
  const statuses = new Map<number, number>()
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < 16; i++) {
      if (i % 2 === 0) disk.requester.write(i, 512, i * 512)
      else disk.requester.read(i, 512, i * 512)
    }
    const done = disk.stepped.run()
    assert.equal(new Set(done.map(({ context }) => context)).size, 16)
    for (const { status } of done) statuses.set(status, (statuses.get(status) ?? 0) + 1)
  }
  return statuses
}

describe('NVMe miniport', () => {
  it.each([
    ['a block', 512],
    ['a page', 4096],
    ['two pages', 8192],
    ['a list of pages', 65_536],
    ['a whole piece', PIECE_BYTES],
    ['several pieces', 2 * PIECE_BYTES + 512],
  ])('moves %s, from and to any place in memory', async (_name, length) => {
    const disk = await NvmeDisk.start()
    for (const at of [0, 20, 4095]) {
      const bytes = numbered(length, at)
      expect(disk.write(512 * 77, bytes, at)).toBe(nt.STATUS_SUCCESS)
      expect(Buffer.compare(disk.read(512 * 77, length, at), bytes)).toBe(0)
      expect(disk.buffer.bytes[at + length]).toBe(0xee)
    }
    expect(disk.device.report().dmaFaults).toBe(0)
  })

  it('does what a disk does, as plain memory would have it', async () => {
    const random = new Random(7)
    const disk = await NvmeDisk.start({ blocks: 2048, latencyUs: 30 })
    const expected = new Uint8Array(2048 * 512)
    const wrong: unknown[] = []
    for (let i = 0; i < 300; i++) {
      const lba = random.nextBelow(2000)
      const blocks = 1 + random.nextBelow(48)
      const [from, to] = [lba * 512, (lba + blocks) * 512]
      const bytes = numbered(blocks * 512, i)
      const step = random.nextBelow(6)
      let status = 0
      if (step === 0) {
        status = disk.write(from, bytes)
        expected.set(bytes, from)
      } else if (step === 1) {
        // Not whole blocks: the port reads, merges and writes.
        const skip = 1 + random.nextBelow(500)
        const part = bytes.subarray(0, 1 + random.nextBelow(bytes.length))
        status = disk.write(from + skip, part)
        expected.set(part, from + skip)
      } else if (step === 2) {
        status = disk.srb((cdb) => writeZeroesCdb(cdb, lba, blocks, true))
        expected.fill(0, from, to)
      } else if (step === 3) {
        status = disk.srb((cdb) => writeWriteCdb(cdb, lba, blocks, true), bytes)
        expected.set(bytes, from)
      } else if (step === 4) {
        status = disk.flush()
      } else {
        status = Buffer.compare(disk.read(from, to - from), expected.subarray(from, to))
      }
      if (status !== 0) wrong.push({ i, step, lba, blocks, status })
    }
    expect(wrong).toEqual([])
    const all = Buffer.concat([disk.read(0, BUFFER_BYTES), disk.read(BUFFER_BYTES, BUFFER_BYTES)])
    expect(Buffer.compare(all, expected)).toBe(0)
    expect(disk.device.report().dmaFaults).toBe(0)
  })

  it('repeats a block by WRITE SAME, longer than a piece', async () => {
    const disk = await NvmeDisk.start()
    const block = numbered(512, 1)
    expect(disk.srb(writeSame10, block)).toBe(0)
    const after = disk.read(0, 512 * 404)
    for (let lba = 0; lba < 404; lba++) {
      const there = after.subarray(lba * 512, (lba + 1) * 512)
      const isRepeat = lba >= 3 && lba < 403
      expect(Buffer.compare(there, isRepeat ? block : new Uint8Array(512))).toBe(0)
    }
  })

  it.each([1, 2])('keeps depth commands under way, with %i interrupts', async (lineCount) => {
    const common = nvmeCommonBytes(8)
    const disk = await NvmeDisk.start({ latencyUs: 100 }, {}, common, lineCount)
    const { requester, stepped } = disk
    for (let i = 0; i < 100; i++) requester.write(i, 512, i * 512)
    const done = stepped.run()
    expect(new Set(done.map(({ context }) => context)).size).toBe(100)
    expect(done.every(({ status }) => status === nt.STATUS_SUCCESS)).toBe(true)
    expect(stepped.stuckLines).toBe(0)
    expect(stepped.thrown).toEqual([])
  })

  it('refuses to change when it is read-only', async () => {
    const disk = await NvmeDisk.start({}, { readOnly: true })
    expect(disk.write(0, new Uint8Array(512))).toBe(nt.STATUS_MEDIA_WRITE_PROTECTED)
    expect(disk.read(0, 512)).toEqual(new Uint8Array(512))
  })

  it.each([
    [{ depth: 0 }, undefined, nt.STATUS_INVALID_PARAMETER],
    [{ depth: 1025 }, undefined, nt.STATUS_INVALID_PARAMETER],
    [{ watchdogMs: 0 }, undefined, nt.STATUS_INVALID_PARAMETER],
    [{}, 2 ** 20, nt.STATUS_INSUFFICIENT_RESOURCES],
  ])('does not start with %j and %s bytes of common memory', async (parameters, common, status) => {
    await expect(NvmeDisk.start({}, parameters, common)).rejects.toMatchObject({ ntstatus: status })
  })
})

describe('NVMe miniport and hardware that errs', () => {
  it('lost, late and spurious interrupts cost time, and no request', async () => {
    const faults = {
      seed: 2,
      lostInterrupt: { probability: 0.4 },
      lateInterrupt: { probability: 0.3, delayUs: 200 },
      spuriousInterrupt: { probability: 0.1 },
      slowDma: { probability: 0.3, delayUs: 300 },
    }
    const disk = await NvmeDisk.start({ faults, latencyUs: 20 }, { watchdogMs: 10 })
    expect(work(disk, 50)).toEqual(new Map([[nt.STATUS_SUCCESS, 800]]))
    expect(disk.device.report().faults.lost).toBeGreaterThan(20)
  })

  it('failing transfers fail their requests and no other', async () => {
    const faults = { seed: 1, failedDma: { probability: 0.25 } }
    const disk = await NvmeDisk.start({ faults })
    const statuses = work(disk, 50)
    const { failedDma } = disk.device.report().faults
    expect(failedDma).toBeGreaterThan(50)
    expect(statuses).toEqual(
      new Map([
        [nt.STATUS_SUCCESS, 800 - failedDma],
        [nt.STATUS_DEVICE_DATA_ERROR, failedDma],
      ]),
    )
  })

  it('a disk that was pulled out ends what is under way, and what comes later', async () => {
    const disk = await NvmeDisk.start({ latencyUs: 1000 }, { watchdogMs: 5 })
    const { requester, stepped } = disk
    for (let i = 0; i < 4; i++) requester.read(i, 512, 0)
    requester.engine.channel.submit()
    stepped.turn()
    disk.device.surpriseRemove()
    const gone = stepped.run()
    expect(gone.map(({ status }) => status)).toEqual(Array(4).fill(nt.STATUS_DEVICE_DOES_NOT_EXIST))
    requester.read(9, 512, 0)
    expect(stepped.run()).toMatchObject([{ status: nt.STATUS_DEVICE_DOES_NOT_EXIST }])
  })

  it('a reset of the bus gives up what is under way, and the disk goes on', async () => {
    const disk = await NvmeDisk.start({ latencyUs: 1000 })
    const { requester, stepped } = disk
    const bytes = numbered(512, 3)
    expect(disk.write(0, bytes)).toBe(nt.STATUS_SUCCESS)
    for (let i = 0; i < 20; i++) requester.read(100 + i, 512, 0)
    requester.engine.channel.submit()
    stepped.turn()
    disk.prepareSrb(SRB_FUNCTION_RESET_BUS, () => 0)
    requester.engine.channel.submit()
    stepped.turn()
    // Eight were with the device; the others wait until it is up again.
    const ended = new Map(requester.engine.reap().map(({ context, status }) => [context, status]))
    expect([...ended.values()].filter((status) => status === nt.STATUS_BUS_RESET)).toHaveLength(8)
    const rest: number[] = []
    for (let turn = 0; rest.length < 12 && turn < 1000; turn++) {
      await stepped.until(Promise.resolve())
      for (const { status } of stepped.run()) rest.push(status)
    }
    expect(rest).toEqual(Array(12).fill(nt.STATUS_SUCCESS))
    expect(disk.read(0, 512)).toEqual(bytes)
    expect(stepped.thrown).toEqual([])
  })

  it('a reset of the unit is enough when only an interrupt was missing, not when a request is', async () => {
    const faults = { seed: 1, lostInterrupt: { probability: 1 } }
    const disk = await NvmeDisk.start({ faults }, { watchdogMs: 1e6 })
    const { requester, stepped } = disk
    requester.read(5, 512, 0)
    requester.engine.channel.submit()
    for (let i = 0; i < 10; i++) {
      stepped.turn()
      stepped.poll()
    }
    expect(requester.engine.reap()).toEqual([])
    disk.prepareSrb(SRB_FUNCTION_RESET_LOGICAL_UNIT, () => 0)
    requester.engine.channel.submit()
    stepped.turn()
    const ended = requester.engine.reap()
    expect(ended.map(({ status }) => status)).toEqual([nt.STATUS_SUCCESS, nt.STATUS_SUCCESS])

    const slow = await NvmeDisk.start({ latencyUs: 1e6 })
    slow.requester.read(5, 512, 0)
    slow.prepareSrb(SRB_FUNCTION_RESET_LOGICAL_UNIT, () => 0)
    slow.requester.engine.channel.submit()
    slow.stepped.turn()
    const refused = slow.requester.engine.reap()
    expect(refused).toMatchObject([{ context: 1, status: nt.STATUS_IO_DEVICE_ERROR }])
    expect(slow.stepped.run()).toMatchObject([{ context: 5, status: nt.STATUS_SUCCESS }])
  })
})
