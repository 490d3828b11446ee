/**
 * DMA pieces: the memory of one I/O, piece after piece, and how it is cut into transfers (an MDL chain's part).
 * Runs on: the device's home worker. HOT. Nothing is allocated as long as an I/O has no more pieces than one before.
 */
import { METHOD_BUFFERED, METHOD_IN_DIRECT, METHOD_OUT_DIRECT, methodOf } from '../abi/ctl-code.js'
import {
  IRP_MJ_DEVICE_CONTROL,
  IRP_MJ_INTERNAL_DEVICE_CONTROL,
  IRP_MJ_READ,
  IRP_MJ_WRITE,
} from '../abi/major-function.js'
import { IRP_BUFFER, IRP_INPUT_BUFFER, IRP_INPUT_LENGTH, IRP_LENGTH } from '../abi/irp-layout.js'
import { read as sharedRead } from '../sharedarraybuffer-queue/access.js'
import { dmaWindowOf } from './dma-memory.js'
import type { DmaDirection } from './dma-transaction.js'
import type { Request } from './request.js'
import { DMA_PAGE_BYTES, type ScatterGatherList } from './scatter-gather-list.js'

// What is imported is loaded and checked at every use; a module's own constants are folded into the code.
const read = sharedRead
const READ = IRP_MJ_READ
const WRITE = IRP_MJ_WRITE
const BUFFER = IRP_BUFFER
const LENGTH = IRP_LENGTH
const INPUT_BUFFER = IRP_INPUT_BUFFER
const INPUT_LENGTH = IRP_INPUT_LENGTH
const IN_PAGE = DMA_PAGE_BYTES - 1
const NO_DATA = -1

export class DmaPieces {
  count = 0
  /** Of all pieces. */
  byteLength = 0
  private readonly high: number[] = []
  private readonly low: number[] = []
  private readonly bytes: number[] = []

  clear(): void {
    this.count = 0
    this.byteLength = 0
  }

  add(high: number, low: number, byteLength: number): void {
    const piece = this.count++
    this.high[piece] = high
    this.low[piece] = low
    this.bytes[piece] = byteLength
    this.byteLength += byteLength
  }

  /** The data of a request, if it goes that way. False when it does not, there is none, or no device reaches it. */
  setRequest(request: Request, direction: DmaDirection): boolean {
    const at = dataOf(request, direction === 'read-from-device')
    if (at < 0) return false
    const { words, base, buffers } = request
    const byteLength = read(words, base + (at === BUFFER ? LENGTH : INPUT_LENGTH))
    if (byteLength <= 0) return false
    let low = read(words, base + at)
    let { window } = buffers
    if (window < 0) {
      const bytes = buffers.view(low, byteLength)
      window = dmaWindowOf(bytes)
      if (window < 0) return false
      low = bytes.byteOffset
    }
    this.clear()
    this.add(window, low, byteLength)
    return true
  }

  /** Pages that the memory from byte `from` on touches. */
  pagesFrom(from: number): number {
    let pages = 0
    let skip = from
    for (let i = 0; i < this.count; i++) {
      const bytes = this.bytes[i] as number
      if (skip < bytes) pages += pagesOf((this.low[i] as number) + skip, bytes - skip)
      skip = Math.max(0, skip - bytes)
    }
    return pages
  }

  /**
   * Fills `list` with the next transfer, from byte `from` on; returns the pages it touches. `mergesPages`: the
   * device needs one contiguous piece, which its map registers make of the pages.
   */
  cut(
    list: ScatterGatherList,
    from: number,
    byteLimit: number,
    pageLimit: number,
    mergesPages: boolean,
  ): number {
    const byteLength = this.byteLength - from
    if (this.count === 1 && byteLength <= byteLimit && pageLimit > 0) {
      const low = (this.low[0] as number) + from
      if ((low & IN_PAGE) + byteLength <= DMA_PAGE_BYTES) {
        list.set(this.high[0] as number, low, byteLength)
        return 1
      }
    }
    return this.cutPages(list, from, byteLimit, pageLimit, mergesPages)
  }

  private cutPages(
    list: ScatterGatherList,
    from: number,
    byteLimit: number,
    pageLimit: number,
    mergesPages: boolean,
  ): number {
    list.clear()
    let skip = from
    let pages = 0
    for (let i = 0; i < this.count; i++) {
      const bytes = this.bytes[i] as number
      if (skip >= bytes) {
        skip -= bytes
        continue
      }
      let at = (this.low[i] as number) + skip
      const end = at + bytes - skip
      const firstElement = list.count
      while (at < end && list.byteLength < byteLimit && pages < pageLimit) {
        const inPage = DMA_PAGE_BYTES - (at % DMA_PAGE_BYTES)
        const count = Math.min(end - at, inPage, byteLimit - list.byteLength)
        if (mergesPages && list.count > firstElement) list.extendLast(count)
        else if (list.count < list.capacity) list.add(this.high[i] as number, at, count)
        else break
        pages++
        at += count
      }
      skip = 0
      if (at < end) break
    }
    return pages
  }
}

function pagesOf(low: number, byteLength: number): number {
  return Math.ceil(((low % DMA_PAGE_BYTES) + byteLength) / DMA_PAGE_BYTES)
}

/** Word of the buffer that a device reads or writes for a request; -1 when the direction does not fit. */
function dataOf(request: Request, isRead: boolean): number {
  switch (request.majorFunction) {
    case READ:
      return isRead ? BUFFER : NO_DATA
    case WRITE:
      return isRead ? NO_DATA : BUFFER
    case IRP_MJ_DEVICE_CONTROL:
    case IRP_MJ_INTERNAL_DEVICE_CONTROL:
      return controlDataOf(request, isRead)
    default:
      return NO_DATA
  }
}

function controlDataOf(request: Request, isRead: boolean): number {
  switch (methodOf(request.ioControlCode)) {
    case METHOD_BUFFERED:
      return isRead ? BUFFER : INPUT_BUFFER
    case METHOD_IN_DIRECT:
      return isRead ? NO_DATA : BUFFER
    case METHOD_OUT_DIRECT:
      return isRead ? BUFFER : NO_DATA
    default:
      return NO_DATA
  }
}
