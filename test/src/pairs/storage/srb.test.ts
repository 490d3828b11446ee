import { expect, it } from 'vitest'
import { ASC_LBA_OUT_OF_RANGE, SENSE_ILLEGAL_REQUEST } from '../../../../src/pairs/storage/scsi.js'
import {
  Srb,
  SRB_HELD,
  SRB_STATUS_ERROR,
  SRB_STATUS_QUEUE_FROZEN,
  SRB_STATUS_SUCCESS,
  writeSense,
} from '../../../../src/pairs/storage/srb.js'

it('a check condition has fixed-format sense data', () => {
  const srb = new Srb(0)
  srb.srbStatus = srb.checkCondition(SENSE_ILLEGAL_REQUEST, ASC_LBA_OUT_OF_RANGE)
  expect([srb.status, srb.scsiStatus, srb.hasSense]).toEqual([SRB_STATUS_ERROR, 2, true])
  expect([srb.senseKey, srb.additionalSense]).toEqual([5, 0x2100])
  expect([...srb.senseInfo.subarray(0, 14)]).toEqual([
    0x70, 0, 5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x21, 0,
  ])
})

it('the status is what is left without its bits', () => {
  const srb = new Srb(0)
  srb.srbStatus = SRB_STATUS_ERROR | SRB_STATUS_QUEUE_FROZEN
  expect([srb.status, srb.hasSense, srb.senseKey]).toEqual([SRB_STATUS_ERROR, false, 0])
})

it('a reset leaves nothing of the last use', () => {
  const srb = new Srb(3)
  srb.srbStatus = srb.checkCondition(SENSE_ILLEGAL_REQUEST, 1)
  srb.data = new Uint8Array(4)
  srb.dataTransferLength = 4
  srb.reset(null, 1, 0x10, 5)
  expect([srb.status, srb.scsiStatus, srb.data.length, srb.dataTransferLength]).toEqual([
    0, 0, 0, 0,
  ])
  expect([srb.lun, srb.srbFlags, srb.timeOutMs, srb.state]).toEqual([1, 0x10, 5, SRB_HELD])
  srb.srbStatus = SRB_STATUS_SUCCESS
  expect(srb.senseKey).toBe(0)
})

it('sense data shorter than its format keep what there is room for', () => {
  const two = new Uint8Array(2).fill(9)
  writeSense(two, 5, 0x2400)
  expect([...two]).toEqual([0x70, 0])
})
