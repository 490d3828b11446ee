/**
 * The IRP slot: one I/O request packet, one cache line (16 words of 32 bits).
 * Runs on: any thread. Numbers only; no other file may write a word offset of a slot.
 *
 *   word  name          written by   when
 *   0     HEADER        host         before the slot is published: major | method << 8
 *   1     DEVICE        host         index of the device in the dispatch table
 *   2     FILE          host         file number, unique in its channel
 *   3     LENGTH        host         bytes to read or write; output length of an IOCTL
 *   4     OFFSET_LO     host         byte offset, low 32 bits
 *   5     OFFSET_HI     host         byte offset, high 21 bits (offsets end at 2^53 - 1)
 *   6     IO_CONTROL    host         control code of an IOCTL
 *   7     INPUT_LENGTH  host         input length of an IOCTL
 *   8     BUFFER        host         byte offset of the data or output buffer in the channel's memory
 *   9     INPUT_BUFFER  host         byte offset of an IOCTL's input buffer
 *   10    SEQUENCE      host         order of acceptance in this channel: odd, runs free in 32 bits
 *   11    CANCEL        host         Atomics: SEQUENCE of the request that was asked to cancel, else 0
 *   12    STATUS        worker       before the completion is published
 *   13    INFORMATION   worker       before the completion is published
 *   14    PRESENTED     worker       copy of SEQUENCE, written before a handler sees the request
 *   15    reserved
 *
 * Rules: 1 host words are plain; the submission ring's tail publishes them. 2 worker words are plain;
 * the completion ring's tail publishes them. 3 CANCEL is the only word that is read while its writer
 * may write: both sides use Atomics. 4 PRESENTED is read by the host only after the worker's thread
 * has ended, and decides whether the request died with it or goes on to its successor.
 */
export const IRP_HEADER = 0
export const IRP_DEVICE = 1
export const IRP_FILE = 2
export const IRP_LENGTH = 3
export const IRP_OFFSET_LO = 4
export const IRP_OFFSET_HI = 5
export const IRP_IO_CONTROL = 6
export const IRP_INPUT_LENGTH = 7
export const IRP_BUFFER = 8
export const IRP_INPUT_BUFFER = 9
export const IRP_SEQUENCE = 10
export const IRP_CANCEL = 11
export const IRP_STATUS = 12
export const IRP_INFORMATION = 13
export const IRP_PRESENTED = 14

/** Words in a slot; `slot << IRP_SLOT_SHIFT` is its first word. */
export const IRP_SLOT_WORDS = 16
export const IRP_SLOT_SHIFT = 4

/** HEADER: the major function in the low byte, the transfer method of an IOCTL above it. */
export const IRP_MAJOR_MASK = 0xff
