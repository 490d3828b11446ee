/**
 * The IRP slot: one I/O request packet in half a cache line (8 words of 32 bits). Only the host writes it.
 * Runs on: any thread. Numbers only; no other file may write a word offset of a slot.
 *
 *   word  name                       meaning
 *   0     ROW                        row of the dispatch table: device << 5 | major function
 *   1     FILE                       file number, unique in its channel
 *   2     LENGTH                     bytes to read or write; output length of an IOCTL
 *   3     OFFSET_LO  | IO_CONTROL    read, write: byte offset, low 32 bits | IOCTL: control code
 *   4     OFFSET_HI  | INPUT_LENGTH  byte offset, high 21 bits (offsets end at 2^53 - 1) | input length
 *   5     BUFFER                     byte offset of the data or output buffer in the channel's memory
 *   6     INPUT_BUFFER               IOCTL: byte offset of the input buffer
 *   7     CANCEL                     Atomics: sequence of the request that was asked to cancel, else 0
 *
 * Words 3 and 4 are a union, as Parameters of an IO_STACK_LOCATION is.
 * Rules: 1 words are plain; the submission ring's tail publishes them. 2 CANCEL is the only word that is
 * read while its writer may write: both sides use Atomics. 3 What a worker says about a request lies
 * elsewhere (results and presented marks, channel-layout): a slot travels one way only, and two slots
 * that are used one after the other travel in one line.
 *
 * The sequence of a request is its position in the submission ring, shifted left, with bit 0 set: both
 * sides know it without telling each other, it runs free in 32 bits, and 0 can mean "none".
 */
export const IRP_ROW = 0
export const IRP_FILE = 1
export const IRP_LENGTH = 2
export const IRP_OFFSET_LO = 3
export const IRP_OFFSET_HI = 4
export const IRP_BUFFER = 5
export const IRP_INPUT_BUFFER = 6
export const IRP_CANCEL = 7
/** How many words at the beginning of a slot are plain parameters: all before CANCEL. */
export const IRP_PARAMETER_WORDS = IRP_CANCEL
export const IRP_IO_CONTROL = IRP_OFFSET_LO
export const IRP_INPUT_LENGTH = IRP_OFFSET_HI

/** Words in a slot; `slot << IRP_SLOT_SHIFT` is its first word. */
export const IRP_SLOT_WORDS = 8
export const IRP_SLOT_SHIFT = 3

/** ROW: the major function in the low bits, the device above. */
export const ROW_MAJOR_MASK = 31
export const ROW_DEVICE_SHIFT = 5
