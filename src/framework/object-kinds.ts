/**
 * Kinds of Framework objects: which parent each has, and whether its driver may delete it.
 * Runs on: worker. Source: kmdf.md 7.1.
 *
 * Strings are values in JavaScript; common buffers come from the hardware's memory and go back with it; registry keys,
 * WMI providers and USB devices do not exist here.
 */
interface KindRules {
  /** In messages. */
  readonly title: string
  /** `fixed`: always the default; `chosen`: the default, or another one; `required`: there is no default. */
  readonly parent: 'none' | 'fixed' | 'chosen' | 'required'
  /** WdfObjectDelete; the object itself may still say no. */
  readonly isDeletable: boolean
  /** It waits for its own callbacks when it goes, which is for PASSIVE_LEVEL. */
  readonly waits: boolean
}

function rules(
  title: string,
  parent: KindRules['parent'],
  isDeletable: boolean,
  waits = false,
): KindRules {
  return { title, parent, isDeletable, waits }
}

export const OBJECT_KINDS = {
  driver: rules('driver', 'none', false),
  device: rules('device', 'fixed', false),
  queue: rules('I/O queue', 'chosen', true),
  file: rules('file object', 'fixed', false),
  /** One that the Framework made. */
  request: rules('request', 'none', false),
  driverRequest: rules('request of a driver', 'chosen', true),
  /** The way to the next lower device. */
  localTarget: rules('local I/O target', 'fixed', false),
  ioTarget: rules('I/O target', 'chosen', true),
  interrupt: rules('interrupt', 'chosen', true, true),
  dpc: rules('DPC', 'required', true, true),
  timer: rules('timer', 'required', true, true),
  workItem: rules('work item', 'required', true, true),
  memory: rules('memory object', 'chosen', true),
  /** The bytes of a request. */
  requestMemory: rules('memory object of a request', 'fixed', false),
  lookaside: rules('lookaside list', 'chosen', true),
  collection: rules('collection', 'chosen', true),
  spinLock: rules('spin lock', 'chosen', true),
  waitLock: rules('wait lock', 'chosen', true),
  general: rules('general object', 'chosen', true),
  dmaEnabler: rules('DMA enabler', 'chosen', true),
  dmaTransaction: rules('DMA transaction', 'fixed', true),
  childList: rules('child list', 'fixed', false),
} as const satisfies Record<string, KindRules>

export type ObjectKind = keyof typeof OBJECT_KINDS
