/**
 * `irpool`: driver-style I/O requests between threads. Start an `Engine`, write a driver with
 * `defineDriver`, open a device, read and write.
 */
export { Engine, type EngineEvents, type StopOptions } from './manager/engine.js'
export type {
  ChannelOptions,
  DeviceOptions,
  EngineOptions,
  LevelOptions,
  RestartOptions,
} from './manager/engine-options.js'
export { attachChannel, Channel, type ChannelDescriptor } from './manager/channel.js'
export { COMPLETION_WORDS, type OnBatch } from './manager/completion-batch.js'
export type { OnCompletion } from './manager/request-channel.js'
export type { IrpFile } from './manager/irp-file.js'
export type { IrpResult, RequestOptions, TransferOptions } from './manager/irp-call.js'
export { EngineError, type EngineErrorCode, IrpError } from './manager/errors.js'
export type { WorkerStatistics } from './manager/worker-statistics.js'
export { ChannelBuffer } from './irp/channel-buffer.js'
export { addLedgers, formatLedger, type Ledger } from './irp/ledger.js'
export type {
  DeviceDescription,
  DeviceRole,
  ErrorReport,
  QueueDescription,
  SynchronizationScope,
  DispatchType,
} from './irp/device-description.js'
export { renderTree, type TreeOptions } from './observe/device-tree.js'
export type { DriverFault } from './workers/control-plane.js'
export { drivers } from './pairs/drivers.js'

export {
  defineDriver,
  type CallbackResult,
  type Driver,
  type DriverConfig,
  type DriverModule,
  type EvtDriverDeviceAdd,
} from './framework/driver.js'
export type { Device, EvtDeviceWdmIrpDispatch, RequestType } from './framework/device.js'
export type {
  DeviceAttributes,
  DeviceInit,
  EvtDeviceWdmIrpPreprocess,
  EvtIoInCallerContext,
  FileObjectConfig,
  RequestAttributes,
} from './framework/device-init.js'
export type { FileObject } from './framework/file-object.js'
export type { FoundRequest, IoQueue } from './framework/io-queue.js'
export {
  type EvtIoQueueState,
  type IoQueueSnapshot,
  WdfIoQueueAcceptRequests,
  WdfIoQueueDispatchRequests,
  WdfIoQueueDriverNoRequests,
  WdfIoQueueNoRequests,
  WdfIoQueuePnpHeld,
} from './framework/io-queue-state.js'
export type {
  CompletionParams,
  EvtRequestCompletionRoutine,
  IoTarget,
  IoTargetState,
  PurgeIoAction,
  SentIoAction,
} from './framework/io-target.js'
export type { RemoteTarget } from './framework/remote-target.js'
export type { SendOptions } from './framework/request-sender.js'
export {
  type EvtIoCanceledOnQueue,
  type EvtIoDefault,
  type EvtIoDeviceControl,
  type EvtIoInternalDeviceControl,
  type EvtIoRead,
  type EvtIoResume,
  type EvtIoStop,
  type EvtIoWrite,
  type HandlerReturn,
  type IoQueueConfig,
  WdfRequestStopActionPurge,
  WdfRequestStopActionSuspend,
  WdfRequestStopRequestCancelable,
} from './framework/io-queue-config.js'
export type {
  PnpPowerEventCallbacks,
  PowerDeviceState,
  ResourceList,
} from './framework/pnp-power-callbacks.js'
export type { Request } from './framework/request.js'
export type { EvtRequestCancel } from './dispatch/dispatched-request.js'
export { WdfStatusError } from './framework/errors.js'
export { WdfViolation, type WdfViolationCode } from './dispatch/wdf-violation.js'

export * from './abi/ntstatus.js'
export { statusHex, statusName } from './abi/ntstatus-name.js'
export * from './abi/ctl-code.js'
export * from './abi/major-function.js'
