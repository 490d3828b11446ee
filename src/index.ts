/**
 * `irpool`: driver-style I/O requests between threads. Start an `Engine`, write a driver with
 * `defineDriver`, open a device, read and write.
 */
export { Engine } from './manager/engine.js'
export type {
  CallbackPlaceName,
  EngineEvents,
  HostThread,
  StopOptions,
} from './manager/engine-events.js'
export type { SignalOptions } from './manager/stop-on-signals.js'
export type {
  ChannelOptions,
  DeviceOptions,
  EngineOptions,
  HostWaitStrategy,
  LevelOptions,
  RestartOptions,
} from './manager/engine-options.js'
export { attachChannel, Channel, type ChannelDescriptor } from './manager/channel.js'
export { COMPLETION_WORDS, type OnBatch } from './manager/completion-batch.js'
export type { OnCompletion } from './manager/request-channel.js'
export type { IrpFile } from './manager/irp-file.js'
export type { WaterMarks } from './manager/water-marks.js'
export type { IrpResult, RequestOptions, TransferOptions } from './manager/irp-call.js'
export type { VerifierOptions } from './manager/verifier-options.js'
export { EngineError, type EngineErrorCode, IrpError } from './manager/errors.js'
export { RemoteError } from './manager/worker-set.js'
export { WorkerLostError } from './workers/worker-lost.js'
export type { WorkerStatistics } from './manager/worker-statistics.js'
export { ChannelBuffer } from './irp/channel-buffer.js'
export { addLedgers, formatLedger, type Ledger } from './irp/ledger.js'
export type {
  DeviceDescription,
  DeviceRole,
  ErrorReport,
  ObjectLeak,
  QueueDescription,
  SynchronizationScope,
  DispatchType,
} from './irp/device-description.js'
export { type DurationsNs, LogLinearHistogram } from './observe/log-linear-histogram.js'
export { renderTree, type TreeOptions } from './observe/device-tree.js'
export type { DriverFault } from './workers/control-plane.js'
export { drivers } from './pairs/drivers.js'
export type { FaultParameters, FaultRule } from './pairs/filters/fault-rules.js'
export {
  type DeviceStatistics,
  type PassageStatistics,
  queryStatistics,
  type StatisticsKind,
} from './manager/query-statistics.js'

export {
  defineDriver,
  type CallbackResult,
  type Driver,
  type DriverConfig,
  type DriverModule,
  type EvtDriverDeviceAdd,
} from './framework/driver.js'
export type { Device, RequestType } from './framework/device.js'
export type { EvtDeviceWdmIrpDispatch } from './framework/device-services.js'
export type {
  DeviceAttributes,
  DeviceInit,
  EvtDeviceWdmIrpPreprocess,
  EvtIoInCallerContext,
  FileObjectConfig,
  RequestAttributes,
} from './framework/device-init.js'
export type { ExecutionLevel } from './framework/execution-level.js'
export type { FileObject } from './framework/file-object.js'
export type {
  EvtIoAllocateResources,
  ForwardProgressAction,
  ForwardProgressPolicy,
} from './framework/forward-progress.js'
export type { FoundRequest } from './framework/found-request.js'
export type { IoQueue } from './framework/io-queue.js'
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
export type { PowerDeviceState, ResourceList } from './framework/pnp-power-callbacks.js'
export {
  DEVICE_CALLBACK_NAMES,
  type DeviceCallbackName,
  type DeviceCallbacks,
  type FdoEventCallbacks,
  type PdoEventCallbacks,
  type PnpPowerEventCallbacks,
  type PowerPolicyEventCallbacks,
  type SelfManagedIoCallbacks,
  type SystemPowerState,
} from './framework/pnp/device-callbacks.js'
export type { ChildDevices, ChildListConfig } from './framework/child-devices.js'
export type { ChildDescription } from './framework/pnp/child-list.js'
export type { DevicePnp } from './framework/pnp/device-pnp.js'
export type { S0IdleSettings, SxWakeSettings } from './framework/pnp/power-settings.js'
export {
  STATE_NOTIFICATION_ALL,
  type StateChangeCallback,
  type StateNotification,
} from './framework/pnp/state-change-callbacks.js'
export { formatPnpTrace, type FormatPnpTraceOptions } from './framework/pnp/format-pnp-trace.js'
export { PNP_SCENARIOS, type ScenarioName } from './framework/pnp/pnp-scenarios.js'
export {
  tracePnp,
  type PnpTrace,
  type PnpTraceLine,
  type TracePnpOptions,
} from './framework/pnp/pnp-trace.js'
export type { Request } from './framework/request.js'
export type { EvtRequestCancel } from './dispatch/dispatched-request.js'
export type { DoorbellPlace, LineDescriptor } from './irp/interrupt-block.js'
export {
  DeviceHardware,
  hardwareOf,
  type DisconnectOptions,
  type HardwareResources,
} from './framework/device-hardware.js'
export { Registers } from './framework/registers.js'
export { CommonBuffer, type CommonBufferResource } from './framework/common-buffer.js'
export type { DmaEnabler, DmaEnablerConfig, DmaProfile } from './framework/dma-enabler.js'
export type { DmaDirection, DmaTransaction, EvtProgramDma } from './framework/dma-transaction.js'
export type { ScatterGatherList } from './framework/scatter-gather-list.js'
export type { Interrupt, InterruptInfo } from './framework/interrupt.js'
export type {
  EvtInterruptDisable,
  EvtInterruptDpc,
  EvtInterruptEnable,
  EvtInterruptIsr,
  EvtInterruptWorkItem,
  InterruptConfig,
  InterruptResource,
} from './framework/interrupt-config.js'
export type { Dpc, DpcConfig, EvtDpcFunc } from './framework/dpc.js'
export type { EvtTimer, Timer, TimerConfig } from './framework/timer.js'
export type { EvtWorkItem, WorkItem, WorkItemConfig } from './framework/work-item.js'
export type { CallbackParent } from './framework/callback-parent.js'
export { ALL_ONES } from './abi/register-layout.js'
export { WdfStatusError } from './framework/errors.js'
export { WdfViolation, type WdfViolationCode } from './dispatch/wdf-violation.js'

export * from './abi/ntstatus.js'
export { statusHex, statusName } from './abi/ntstatus-name.js'
export * from './abi/ctl-code.js'
export * from './abi/major-function.js'
export { declareSharedContext } from './framework/shared-context-declaration.js'
export type { SharedContext, SharedContextOf } from './framework/shared-context.js'
export type { AtomicField, AtomicNumberField } from './framework/shared-scalar.js'
export { SpinLock } from './framework/spin-lock.js'
export { WaitLock } from './framework/wait-lock.js'
export type { LockRecovery } from './framework/lock-party.js'
export { VERIFIER_RULES } from './verifier/rules.js'
export type { Rule, RuleStanding } from './verifier/rule.js'
export { formatViolation } from './observe/violation-text.js'
export type {
  ReportedRequest,
  RequestEvent,
  VerifierSummary,
  ViolationAction,
  ViolationReport,
} from './irp/violation-report.js'
export { type FlightRecord, formatRecords } from './observe/in-flight-recorder.js'
export * from './abi/edu-registers.js'
export * from './abi/edu-ioctl.js'
export * from './abi/filter-ioctl.js'
export * from './abi/nvme-registers.js'
export { DeviceControl } from './manager/device-control.js'
export type { DeviceStateChange } from './irp/device-description.js'
export { type ContextType, declareContext } from './framework/context-type.js'
export type {
  ChildAttributes,
  FrameworkObject,
  ObjectAttributes,
  ObjectHandle,
} from './framework/framework-object.js'
export type { EndCallbacks } from './framework/object-contexts.js'
export type { ObjectKind } from './framework/object-kinds.js'
export type { TaggedReferences } from './framework/object-references.js'
export type { Collection } from './framework/collection.js'
export type { GeneralObject } from './framework/general-object.js'
export type { Lookaside } from './framework/lookaside.js'
export type { Memory } from './framework/memory.js'
export type { RequestMemory } from './framework/request-memory.js'
export type { MemoryPart, TransferBuffer } from './framework/transfer-buffer.js'
