/**
 * Null miniport: a disk that moves no data: reads leave the buffer as it is, writes are forgotten. What is left is
 * what the pair itself costs, as fio's null engine shows what fio costs. Runs on: worker. For measurements only.
 *
 * Parameters: bytes (size, default 1 GiB), blockBytes (default 512).
 */
import type { DiskModel } from './disk-answers.js'
import { decodeDiskCommand, DiskCommand } from './disk-command.js'
import type { AdapterDescription, Miniport, MiniportParameters, PortServices } from './miniport.js'
import { type Srb, SRB_STATUS_PENDING, SRB_STATUS_SUCCESS } from './srb.js'

const DEFAULT_BYTES = 2 ** 30
const DEFAULT_BLOCK_BYTES = 512
const QUEUE_DEPTH = 254
const MAX_TRANSFER_BYTES = 2 ** 28

class NullMiniport implements Miniport {
  readonly #port: PortServices
  #model!: DiskModel

  constructor(port: PortServices) {
    this.#port = port
  }

  HwFindAdapter(parameters: MiniportParameters): AdapterDescription {
    const { bytes = DEFAULT_BYTES, blockBytes = DEFAULT_BLOCK_BYTES } = parameters as {
      bytes?: number
      blockBytes?: number
    }
    const blockCount = Math.floor(bytes / blockBytes)
    this.#model = {
      blockBytes,
      blockCount,
      isReadOnly: false,
      canUnmap: false,
      maximumTransferBytes: MAX_TRANSFER_BYTES,
      maximumUnmapDescriptors: 0,
      product: 'Null disk',
      serialNumber: 'null0',
      unitCount: 1,
    }
    return {
      units: [{ blockBytes, blockCount, queueDepth: QUEUE_DEPTH }],
      maximumTransferBytes: MAX_TRANSFER_BYTES,
    }
  }

  HwMakeSrbExtension(): DiskCommand {
    return new DiskCommand()
  }

  HwBuildIo(srb: Srb): boolean {
    const status = decodeDiskCommand(this.#model, srb, srb.extension as DiskCommand)
    if (status === SRB_STATUS_PENDING) return true
    this.#port.requestComplete(srb, status)
    return false
  }

  HwStartIo(srb: Srb): void {
    this.#port.requestComplete(srb, SRB_STATUS_SUCCESS)
  }

  /** Nothing is ever outstanding here. */
  HwResetBus(): boolean {
    return true
  }
}

export default function nullMiniport(port: PortServices): Miniport {
  return new NullMiniport(port)
}
