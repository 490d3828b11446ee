/**
 * Registers, queue entries and codes of the NVMe-like device: the subset of the public NVM Express base
 * specification (1.4) that it knows. Runs on: any thread. Numbers only.
 *
 *   0x00  CAPABILITIES   RO  64 bits: entries per queue less one, contiguous, time-out, stride 0, NVM set
 *   0x08  VERSION        RO
 *   0x14  CONFIGURATION  RW  bit 0: enable
 *   0x1c  STATUS         RO  bit 0: ready; bit 1: fatal
 *   0x24  ADMIN_SIZES    RW  submission entries less one | completion entries less one << 16
 *   0x28  ADMIN_SQ       RW  64-bit address of the admin submission queue
 *   0x30  ADMIN_CQ       RW  64-bit address of the admin completion queue
 *   0x1000 + 8 q         submission tail doorbell of queue pair q;  + 4: completion head doorbell
 *
 *   submission entry, 16 words   0 opcode | command id << 16   1 namespace   6-7 PRP1   8-9 PRP2
 *                                10-15 of the command: block address in 10-11, blocks less one in 12
 *   completion entry, 4 words    0 result   2 submission head | queue << 16
 *                                3 command id | phase << 16 | status << 17, stored last (Atomics)
 *
 * PRP1 points at the first byte; two pages: PRP2 at the second; more: PRP2 at a list of page addresses.
 */
export const NVME_CAPABILITIES = 0x00
export const NVME_CAPABILITIES_HIGH = 0x04
export const NVME_VERSION = 0x08
export const NVME_CONFIGURATION = 0x14
export const NVME_STATUS = 0x1c
export const NVME_ADMIN_SIZES = 0x24
export const NVME_ADMIN_SQ = 0x28
export const NVME_ADMIN_CQ = 0x30
export const NVME_DOORBELLS = 0x1000
export const NVME_DOORBELL_STRIDE = 8
export const NVME_COMPLETION_DOORBELL = 4

export const NVME_ENABLE = 1
export const NVME_READY = 1
export const NVME_FATAL = 2
export const NVME_VERSION_1_4 = 0x00010400
/** Bit of CAPABILITIES: queues are contiguous. */
export const NVME_CONTIGUOUS = 0x10000
/** Bit of CAPABILITIES_HIGH: the NVM command set. */
export const NVME_NVM_SET = 0x20

export const NVME_SQE_WORDS = 16
export const NVME_CQE_WORDS = 4
export const SQE_OPCODE = 0
export const SQE_NAMESPACE = 1
export const SQE_PRP1 = 6
export const SQE_PRP2 = 8
export const SQE_PARAMETERS = 10
export const SQE_BLOCK_LOW = 10
export const SQE_BLOCK_HIGH = 11
export const SQE_BLOCKS = 12
export const SQE_ID_SHIFT = 16
export const CQE_RESULT = 0
export const CQE_SUBMISSION = 2
export const CQE_STATUS = 3
export const CQE_ID_MASK = 0xffff
export const CQE_PHASE = 0x10000
export const CQE_STATUS_SHIFT = 17

export const NVME_ADMIN_CREATE_SQ = 0x01
export const NVME_ADMIN_CREATE_CQ = 0x05
export const NVME_ADMIN_IDENTIFY = 0x06
export const NVME_FLUSH = 0x00
export const NVME_WRITE = 0x01
export const NVME_READ = 0x02

/** Identify: what is asked for. */
export const IDENTIFY_NAMESPACE = 0
export const IDENTIFY_CONTROLLER = 1
/** Identify data: byte offsets. */
export const IDENTIFY_SIZE_BLOCKS = 0
export const IDENTIFY_MODEL = 24
export const IDENTIFY_MODEL_BYTES = 40
export const IDENTIFY_MAX_TRANSFER = 77
export const IDENTIFY_NAMESPACES = 516
export const IDENTIFY_BLOCK_SHIFT = 130

/** Create a queue: bits of parameter word 11. */
export const QUEUE_CONTIGUOUS = 1
export const QUEUE_INTERRUPTS = 2

export const NVME_PAGE_BYTES = 4096
export const NVME_BLOCK_SHIFT = 9

/** Status field of a completion: type << 8 | code. */
export const NVME_SUCCESS = 0x000
export const NVME_INVALID_OPCODE = 0x001
export const NVME_INVALID_FIELD = 0x002
export const NVME_DATA_TRANSFER_ERROR = 0x004
export const NVME_INVALID_NAMESPACE = 0x00b
export const NVME_INVALID_PRP = 0x013
export const NVME_OUT_OF_RANGE = 0x080
export const NVME_INVALID_COMPLETION_QUEUE = 0x100
export const NVME_INVALID_QUEUE_ID = 0x101
export const NVME_INVALID_QUEUE_SIZE = 0x102
export const NVME_INVALID_VECTOR = 0x108
