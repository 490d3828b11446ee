/**
 * The drivers that come with irpool, as URLs for `addDevice`. Each is a (driver, Framework) pair: the
 * module is the specific half, the Framework is the general one. Runs on: main; the modules on workers.
 */
export const drivers = {
  /** Completes every request at once: the cost of the way there and back. */
  null: new URL('./kmdf/null.js', import.meta.url),
  /** A write stores its bytes (at most 40 KiB), a read returns them. */
  echo: new URL('./kmdf/echo.js', import.meta.url),
  /** A disk in sparse memory; parameters `{ bytes }`, default 1 GiB. */
  ramdisk: new URL('./kmdf/ramdisk.js', import.meta.url),
  /** Function driver of the simulated edu device: control codes IOCTL_EDU_…, DMA to and from its 4 KiB. */
  edu: new URL('./hardware/edu.js', import.meta.url),
  /** Function driver of the simulated NVMe-like disk; parameters `{ depth }`, default 64. */
  nvme: new URL('./hardware/nvme.js', import.meta.url),
  /**
   * The storage pair: a port that speaks SCSI to the miniport that its parameters name; see `irpool/storage`.
   * `{ miniport: 'ram', bytes }` or `{ miniport: 'file', path, bytes?, readOnly? }`.
   */
  storage: new URL('./storage/port-driver.js', import.meta.url),
  /** Filter for a stack: counts what passes, and how long the levels below take; ask with `queryStatistics`. */
  stats: new URL('./filters/stats.js', import.meta.url),
  /** Filter for a stack: lets requests fail or wait, by `{ rules: FaultRule[], seed? }`. */
  fault: new URL('./filters/fault.js', import.meta.url),
} as const
