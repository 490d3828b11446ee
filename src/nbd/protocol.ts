/**
 * NBD: the numbers of the wire. Runs on: any thread. Numbers only. All fields are big-endian.
 * Source: NetworkBlockDevice/nbd, doc/proto.md.
 */

// Handshake. A 64-bit magic is two words.
export const NBD_MAGIC_HI = 0x4e42444d
export const NBD_MAGIC_LO = 0x41474943
export const IHAVEOPT_HI = 0x49484156
export const IHAVEOPT_LO = 0x454f5054
export const OPTION_REPLY_MAGIC_HI = 0x0003e889
export const OPTION_REPLY_MAGIC_LO = 0x045565a9

export const FLAG_FIXED_NEWSTYLE = 1
export const FLAG_NO_ZEROES = 2

export const OPT_EXPORT_NAME = 1
export const OPT_ABORT = 2
export const OPT_LIST = 3
export const OPT_INFO = 6
export const OPT_GO = 7
export const OPT_STRUCTURED_REPLY = 8

export const REP_ACK = 1
export const REP_SERVER = 2
export const REP_INFO = 3
export const REP_ERR_UNSUP = 0x80000001
export const REP_ERR_POLICY = 0x80000002
export const REP_ERR_INVALID = 0x80000003
export const REP_ERR_UNKNOWN = 0x80000006
export const REP_ERR_SHUTDOWN = 0x80000007
export const REP_ERR_TOO_BIG = 0x80000009

export const INFO_EXPORT = 0
export const INFO_NAME = 1
export const INFO_DESCRIPTION = 2
export const INFO_BLOCK_SIZE = 3

export const OPTION_HEADER_BYTES = 16
/** Longest string that the protocol knows. */
export const MAX_STRING_BYTES = 4096

// Transmission
export const TRANSMIT_HAS_FLAGS = 0x0001
export const TRANSMIT_READ_ONLY = 0x0002
export const TRANSMIT_SEND_FLUSH = 0x0004
export const TRANSMIT_SEND_FUA = 0x0008
export const TRANSMIT_SEND_TRIM = 0x0020
export const TRANSMIT_SEND_WRITE_ZEROES = 0x0040
export const TRANSMIT_SEND_DF = 0x0080
export const TRANSMIT_CAN_MULTI_CONN = 0x0100
export const TRANSMIT_SEND_FAST_ZERO = 0x0800

export const REQUEST_MAGIC = 0x25609513
export const SIMPLE_REPLY_MAGIC = 0x67446698
export const STRUCTURED_REPLY_MAGIC = 0x668e33ef

export const CMD_READ = 0
export const CMD_WRITE = 1
export const CMD_DISC = 2
export const CMD_FLUSH = 3
export const CMD_TRIM = 4
export const CMD_CACHE = 5
export const CMD_WRITE_ZEROES = 6
export const CMD_BLOCK_STATUS = 7

export const CMD_FLAG_FUA = 0x01
export const CMD_FLAG_NO_HOLE = 0x02
export const CMD_FLAG_DF = 0x04
export const CMD_FLAG_FAST_ZERO = 0x10

export const REPLY_FLAG_DONE = 1
export const REPLY_TYPE_NONE = 0
export const REPLY_TYPE_OFFSET_DATA = 1
export const REPLY_TYPE_ERROR = 0x8001

export const REQUEST_BYTES = 28
export const SIMPLE_REPLY_BYTES = 16
export const CHUNK_HEADER_BYTES = 20
/** Header of a data chunk: the chunk's own and the offset. */
export const DATA_CHUNK_BYTES = 28
/** Header of an error chunk: the chunk's own, the error, an empty message. */
export const ERROR_CHUNK_BYTES = 26

export const NBD_OK = 0
export const NBD_EPERM = 1
export const NBD_EIO = 5
export const NBD_ENOMEM = 12
export const NBD_EINVAL = 22
export const NBD_ENOSPC = 28
export const NBD_EOVERFLOW = 75
export const NBD_ENOTSUP = 95
export const NBD_ESHUTDOWN = 108
