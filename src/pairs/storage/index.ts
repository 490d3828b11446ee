/**
 * `irpool/storage`: what a host needs to send SRBs to the storage pair, and what an own miniport is made of.
 * The pair itself is `drivers.storage` of `irpool`.
 */
export type {
  AdapterDescription,
  AdapterHardware,
  Miniport,
  MiniportEntry,
  MiniportModule,
  MiniportParameters,
  PortServices,
  UnitDescription,
} from './miniport.js'
export {
  IOCTL_STORAGE_SRB_IN,
  IOCTL_STORAGE_SRB_OUT,
  PASS_THROUGH_BYTES,
  passThroughCdb,
  writePassThrough,
} from './pass-through.js'
export {
  cdbBlocks,
  cdbLba,
  UNMAP_LIST_BYTES,
  writeReadCdb,
  writeSynchronizeCacheCdb,
  writeUnmapCdb,
  writeUnmapList,
  writeWriteCdb,
  writeZeroesCdb,
} from './cdb.js'
export * from './disk-command.js'
export { DiskMiniport, type DiskTraits } from './disk-miniport.js'
export type { DiskModel } from './disk-answers.js'
export {
  createSharedMemory,
  SharedMemoryError,
  type SharedMemoryDescriptor,
} from './shared-sparse-memory.js'
export { nvmeCommonBytes } from './nvme-pieces.js'
export * from './scsi.js'
export * from './srb.js'
