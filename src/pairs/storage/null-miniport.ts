/**
 * Null miniport: a disk that moves no data: reads leave the buffer as it is, writes are forgotten. What is left is
 * what the pair itself costs, as fio's null engine shows what fio costs. Runs on: worker. For measurements only.
 *
 * Parameters: bytes (size, default 1 GiB), blockBytes (default 512).
 */
import { DiskMiniport } from './disk-miniport.js'
import type { AdapterDescription, Miniport, MiniportParameters, PortServices } from './miniport.js'
import { type Srb, SRB_STATUS_SUCCESS } from './srb.js'

const DEFAULT_BYTES = 2 ** 30
const DEFAULT_BLOCK_BYTES = 512

class NullMiniport extends DiskMiniport implements Miniport {
  HwFindAdapter(parameters: MiniportParameters): AdapterDescription {
    const { bytes = DEFAULT_BYTES, blockBytes = DEFAULT_BLOCK_BYTES } = parameters as {
      bytes?: number
      blockBytes?: number
    }
    return this.found({
      blockBytes,
      blockCount: Math.floor(bytes / blockBytes),
      isReadOnly: false,
      canUnmap: false,
      product: 'Null disk',
      serialNumber: 'null0',
    })
  }

  HwStartIo(srb: Srb): void {
    this.port.requestComplete(srb, SRB_STATUS_SUCCESS)
  }

  /** Nothing is ever outstanding here. */
  HwResetBus(): boolean {
    return true
  }
}

export default function nullMiniport(port: PortServices): Miniport {
  return new NullMiniport(port)
}
