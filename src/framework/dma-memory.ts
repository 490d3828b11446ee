/**
 * DMA memory: which shared memory a device's addresses can name on this worker: the channels' and the devices' common
 * memory, each by the number that the hardware knows it by. Runs on: worker.
 *
 * A request that its host sent lies in its channel. One that a driver of this stack made, or whose buffers it replaced,
 * may lie anywhere: its bytes can be moved by a device if they are a part of such memory.
 */
const windows = new WeakMap<ArrayBufferLike, number>()

/** No device reaches it. */
export const NO_WINDOW = -1

/** The memory has that number from now on: high word of its addresses. */
export function nameDmaMemory(buffer: ArrayBufferLike, window: number): void {
  windows.set(buffer, window)
}

/** High word of the addresses of these bytes; NO_WINDOW for memory that no device reaches. */
export function dmaWindowOf(bytes: Uint8Array): number {
  return windows.get(bytes.buffer) ?? NO_WINDOW
}
