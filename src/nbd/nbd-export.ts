/**
 * Export: a storage device under a name, with what its unit says of itself. Runs on: host, once an export.
 */
import type { Engine, IrpFile } from '../index.js'
import {
  IOCTL_STORAGE_SRB_IN,
  PASS_THROUGH_BYTES,
  passThroughCdb,
  SCSI_INQUIRY,
  SCSI_MODE_SENSE_10,
  SCSI_SERVICE_ACTION_IN_16,
  SERVICE_ACTION_READ_CAPACITY_16,
  SRB_FLAGS_NO_QUEUE_FREEZE,
  SRB_FUNCTION_EXECUTE_SCSI,
  VPD_LOGICAL_BLOCK_PROVISIONING,
  writePassThrough,
} from '../pairs/storage/index.js'
import {
  TRANSMIT_CAN_MULTI_CONN,
  TRANSMIT_HAS_FLAGS,
  TRANSMIT_READ_ONLY,
  TRANSMIT_SEND_DF,
  TRANSMIT_SEND_FAST_ZERO,
  TRANSMIT_SEND_FLUSH,
  TRANSMIT_SEND_FUA,
  TRANSMIT_SEND_TRIM,
  TRANSMIT_SEND_WRITE_ZEROES,
} from './protocol.js'
import { get32, get64, put16, put32 } from './wire.js'

export interface NbdExport {
  readonly name: string
  readonly description: string
  /** Name of the device that serves it. */
  readonly device: string
  readonly sizeBytes: number
  readonly blockBytes: number
  readonly isReadOnly: boolean
  /** Trimmed blocks are freed and read as zeros, so that zeroing by trimming is fast. */
  readonly canUnmap: boolean
}

/** Asks the device's unit 0 for its capacity, write protection and provisioning. */
export async function describeExport(
  engine: Engine,
  name: string,
  description: string,
  device: string,
): Promise<NbdExport> {
  const file = await engine.open(device)
  try {
    const capacity = await ask(file, 32, (cdb) => {
      cdb[0] = SCSI_SERVICE_ACTION_IN_16
      cdb[1] = SERVICE_ACTION_READ_CAPACITY_16
      put32(cdb, 10, 32)
    })
    const mode = await ask(file, 64, (cdb) => {
      cdb[0] = SCSI_MODE_SENSE_10
      cdb[2] = 0x3f
      put16(cdb, 7, 64)
    })
    const provisioning = await ask(file, 64, (cdb) => {
      cdb[0] = SCSI_INQUIRY
      cdb[1] = 1
      cdb[2] = VPD_LOGICAL_BLOCK_PROVISIONING
      put16(cdb, 3, 64)
    })
    const blockBytes = get32(capacity, 8)
    return {
      name,
      description,
      device,
      sizeBytes: (get64(capacity, 0) + 1) * blockBytes,
      blockBytes,
      isReadOnly: ((mode[3] as number) & 0x80) !== 0,
      canUnmap: ((provisioning[5] as number) & 0xc0) === 0xc0,
    }
  } finally {
    await file.close()
  }
}

async function ask(
  file: IrpFile,
  answerBytes: number,
  fill: (cdb: Uint8Array) => void,
): Promise<Uint8Array> {
  const description = new Uint8Array(PASS_THROUGH_BYTES)
  const answer = new Uint8Array(answerBytes)
  writePassThrough(description, SRB_FUNCTION_EXECUTE_SCSI, 0, 16, SRB_FLAGS_NO_QUEUE_FREEZE, 0)
  fill(passThroughCdb(description))
  await file.ioctl(IOCTL_STORAGE_SRB_IN, description, answer)
  return answer
}

/** The transmission flags that a client of the export gets. */
export function transmissionFlags(subject: NbdExport, isStructured: boolean): number {
  let flags = TRANSMIT_HAS_FLAGS | TRANSMIT_SEND_FLUSH | TRANSMIT_CAN_MULTI_CONN
  if (isStructured) flags |= TRANSMIT_SEND_DF
  if (subject.isReadOnly) return flags | TRANSMIT_READ_ONLY
  flags |= TRANSMIT_SEND_FUA | TRANSMIT_SEND_WRITE_ZEROES | TRANSMIT_SEND_FAST_ZERO
  if (subject.canUnmap) flags |= TRANSMIT_SEND_TRIM
  return flags
}
