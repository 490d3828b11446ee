/**
 * `irpool/nbd`: storage devices of an engine, served to network block device clients.
 */
export {
  type NbdAddress,
  type NbdExportOptions,
  NbdServer,
  type NbdServerOptions,
  serveNbd,
} from './nbd-server.js'
export type { NbdExport } from './nbd-export.js'
export { NbdServerError, type NbdServerErrorCode } from './nbd-server-error.js'
export type { NbdStatistics } from './server-statistics.js'
