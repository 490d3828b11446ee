/**
 * DMA pieces: the memory of one I/O, piece after piece, and how it is cut into transfers (an MDL chain's part).
 * Runs on: the device's home worker. Nothing is allocated as long as an I/O has no more pieces than one before.
 */
import { METHOD_BUFFERED, METHOD_IN_DIRECT, METHOD_OUT_DIRECT, methodOf } from '../abi/ctl-code.js'
import {
  IRP_MJ_DEVICE_CONTROL,
  IRP_MJ_INTERNAL_DEVICE_CONTROL,
  IRP_MJ_READ,
  IRP_MJ_WRITE,
} from '../abi/major-function.js'
import type { DmaDirection } from './dma-transaction.js'
import type { Request } from './request.js'
import { DMA_PAGE_BYTES, type ScatterGatherList } from './scatter-gather-list.js'

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

  /** The data of a request, if it goes that way. False when it does not, or there is none. */
  setRequest(request: Request, direction: DmaDirection): boolean {
    const buffer = dataOf(request, direction)
    if (buffer === null) return false
    this.clear()
    this.add(request.port.memory.id, buffer.byteOffset, buffer.length)
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

/** The buffer that a device reads or writes for a request; null when the direction does not fit, or it is empty. */
function dataOf(request: Request, direction: DmaDirection): Uint8Array | null {
  const isRead = direction === 'read-from-device'
  switch (request.majorFunction) {
    case IRP_MJ_READ:
      return isRead && request.length > 0 ? request.retrieveOutputBuffer() : null
    case IRP_MJ_WRITE:
      return !isRead && request.length > 0 ? request.retrieveInputBuffer() : null
    case IRP_MJ_DEVICE_CONTROL:
    case IRP_MJ_INTERNAL_DEVICE_CONTROL:
      return controlDataOf(request, isRead)
    default:
      return null
  }
}

function controlDataOf(request: Request, isRead: boolean): Uint8Array | null {
  const hasOutput = request.outputBufferLength > 0
  switch (methodOf(request.ioControlCode)) {
    case METHOD_BUFFERED:
      if (isRead) return hasOutput ? request.retrieveOutputBuffer() : null
      return request.inputBufferLength > 0 ? request.retrieveInputBuffer() : null
    case METHOD_IN_DIRECT:
      return !isRead && hasOutput ? request.retrieveOutputBuffer() : null
    case METHOD_OUT_DIRECT:
      return isRead && hasOutput ? request.retrieveOutputBuffer() : null
    default:
      return null
  }
}
