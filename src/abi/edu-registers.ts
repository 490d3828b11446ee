/**
 * Registers of the edu device: byte offsets and bits, as QEMU's public specification of its `edu` PCI device
 * (docs/specs/edu) gives them. Runs on: any thread. Numbers only.
 *
 *   0x00  IDENTIFICATION      RO  0xRRrr00ed: major and minor version, "edu"
 *   0x04  LIVENESS            RW  reads the complement of what was written
 *   0x08  FACTORIAL           RW  write n: n! comes back here (modulo 2^32) once COMPUTING is clear
 *   0x20  STATUS              RW  COMPUTING (RO) | RAISE_WHEN_COMPUTED
 *   0x24  INTERRUPT_STATUS    RO  the values that raised the interrupt
 *   0x60  INTERRUPT_RAISE     WO  sets bits of INTERRUPT_STATUS and raises
 *   0x64  INTERRUPT_ACK       WO  clears bits of INTERRUPT_STATUS; none left: the line goes quiet
 *   0x80  DMA_SOURCE          RW  64 bits
 *   0x88  DMA_DESTINATION     RW  64 bits
 *   0x90  DMA_COUNT           RW  bytes
 *   0x98  DMA_COMMAND         RW  DMA_START | DMA_FROM_DEVICE | DMA_RAISE
 *   0xa0  DMA_RESULT          RO  ours, not QEMU's (there it reads all ones): how the last transfer ended
 *
 * A register that takes 64 bits is written by one 64-bit access, or by a 32-bit access if the high half is 0.
 */
export const EDU_IDENTIFICATION = 0x00
export const EDU_LIVENESS = 0x04
export const EDU_FACTORIAL = 0x08
export const EDU_STATUS = 0x20
export const EDU_INTERRUPT_STATUS = 0x24
export const EDU_INTERRUPT_RAISE = 0x60
export const EDU_INTERRUPT_ACK = 0x64
export const EDU_DMA_SOURCE = 0x80
export const EDU_DMA_DESTINATION = 0x88
export const EDU_DMA_COUNT = 0x90
export const EDU_DMA_COMMAND = 0x98
export const EDU_DMA_RESULT = 0xa0

export const EDU_IDENTITY = 0x010000ed
export const EDU_COMPUTING = 0x01
export const EDU_RAISE_WHEN_COMPUTED = 0x80
/** INTERRUPT_STATUS: the factorial is there. */
export const EDU_EVENT_FACTORIAL = 0x001
/** INTERRUPT_STATUS: the transfer has ended. */
export const EDU_EVENT_DMA = 0x100
export const EDU_DMA_START = 0x01
export const EDU_DMA_FROM_DEVICE = 0x02
export const EDU_DMA_RAISE = 0x04

/** The device's own buffer, as its DMA sees it. */
export const EDU_BUFFER_ADDRESS = 0x40000
export const EDU_BUFFER_BYTES = 4096

/** DMA_RESULT: the bytes are there. */
export const EDU_DMA_DONE = 0
/** DMA_RESULT: an address outside the device's buffer or the memory it may reach; nothing was written. */
export const EDU_DMA_FAULT = 1
/** DMA_RESULT: the transfer failed on its way; nothing was written. */
export const EDU_DMA_FAILED = 2
