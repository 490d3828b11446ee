/**
 * Disk miniport: what miniports of one disk have in common: the disk's model, and an HwBuildIo that decodes reads,
 * writes and their kin and answers every other command from that model. Runs on: worker.
 */
import type { DiskModel } from './disk-answers.js'
import { decodeDiskCommand, DiskCommand } from './disk-command.js'
import type { AdapterDescription, PortServices } from './miniport.js'
import { type Srb, SRB_STATUS_PENDING } from './srb.js'

const QUEUE_DEPTH = 254
const MAX_TRANSFER_BYTES = 2 ** 28
const MAX_UNMAP_DESCRIPTORS = 256

/** What is one disk's own; see DiskModel. */
export type DiskTraits = Pick<
  DiskModel,
  'blockBytes' | 'blockCount' | 'isReadOnly' | 'canUnmap' | 'product' | 'serialNumber'
>

export abstract class DiskMiniport {
  protected readonly port: PortServices
  protected model!: DiskModel

  constructor(port: PortServices) {
    this.port = port
  }

  /** For HwFindAdapter: the one disk there is, which takes `queueDepth` SRBs at once. */
  protected found(traits: DiskTraits, queueDepth = QUEUE_DEPTH): AdapterDescription {
    this.model = {
      ...traits,
      maximumTransferBytes: MAX_TRANSFER_BYTES,
      maximumUnmapDescriptors: traits.canUnmap ? MAX_UNMAP_DESCRIPTORS : 0,
      unitCount: 1,
    }
    const { blockBytes, blockCount } = traits
    return {
      units: [{ blockBytes, blockCount, queueDepth }],
      maximumTransferBytes: MAX_TRANSFER_BYTES,
    }
  }

  /** A DiskCommand, or one that carries more: HwBuildIo decodes into it. */
  HwMakeSrbExtension(_srb: Srb): DiskCommand {
    return new DiskCommand()
  }

  HwBuildIo(srb: Srb): boolean {
    const status = decodeDiskCommand(this.model, srb, srb.extension as DiskCommand)
    if (status === SRB_STATUS_PENDING) return true
    this.port.requestComplete(srb, status)
    return false
  }
}
