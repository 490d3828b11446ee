/**
 * Hung callback: which callback of which device a silent or dead worker is in. Runs on: main.
 *
 * Everything but request handlers says so itself (PLACE, engine-layout). A handler is told by its request: of a
 * channel with something in flight at that worker, the one that was presented last is the one with the highest
 * mark. With several such channels there are several candidates, and all are told.
 */
import { callbackAt } from '../abi/callback-names.js'
import { WORKER_PLACE, workerBlockWord } from '../abi/engine-layout.js'
import { IRP_ROW, ROW_DEVICE_SHIFT, ROW_MAJOR_MASK } from '../abi/irp-layout.js'
import {
  IRP_MJ_CLEANUP,
  IRP_MJ_CLOSE,
  IRP_MJ_CREATE,
  IRP_MJ_DEVICE_CONTROL,
  IRP_MJ_INTERNAL_DEVICE_CONTROL,
  IRP_MJ_READ,
  IRP_MJ_WRITE,
} from '../abi/major-function.js'
import { RING_TAIL } from '../abi/ring-layout.js'
import type { ChannelMemory } from '../irp/channel-memory.js'
import { load } from '../sharedarraybuffer-queue/access.js'

/** Where a worker is. */
export interface WorkerPlace {
  /** Number of the device, or of a level of its stack. */
  readonly device: number
  /** KMDF's name. */
  readonly callback: string
  /** A request handler: what it hangs on may be the request, not the device. */
  readonly isHandler: boolean
}

/** The place, or the places where it may be; none when it is in no driver's callback. */
export function placesOf(
  words: Int32Array,
  worker: number,
  channels: readonly ChannelMemory[],
): WorkerPlace[] {
  const at = callbackAt(load(words, workerBlockWord(worker) + WORKER_PLACE))
  if (at !== undefined) return [{ ...at, isHandler: false }]
  return channels.flatMap((memory) => handlerOf(memory, worker))
}

function handlerOf(memory: ChannelMemory, worker: number): WorkerPlace[] {
  const { words } = memory
  const taken = load(words, memory.submissionRing(worker) + RING_TAIL)
  const completed = load(words, memory.completionRing(worker) + RING_TAIL)
  if (taken === completed) return []
  const marks = memory.presentedWord(worker)
  let latest = -1
  let highest = 0
  for (let slot = 0; slot < memory.geometry.slotCount; slot++) {
    const mark = load(words, marks + slot)
    // Marks run free in 32 bits; 0 is none.
    if (mark === 0 || (latest >= 0 && ((mark - highest) | 0) <= 0)) continue
    latest = slot
    highest = mark
  }
  if (latest < 0) return []
  const row = load(words, memory.slotWord(latest) + IRP_ROW)
  const device = row >>> ROW_DEVICE_SHIFT
  return [
    { device, callback: HANDLERS.get(row & ROW_MAJOR_MASK) ?? 'EvtIoDefault', isHandler: true },
  ]
}

const HANDLERS = new Map([
  [IRP_MJ_CREATE, 'EvtDeviceFileCreate'],
  [IRP_MJ_CLEANUP, 'EvtFileCleanup'],
  [IRP_MJ_CLOSE, 'EvtFileClose'],
  [IRP_MJ_READ, 'EvtIoRead'],
  [IRP_MJ_WRITE, 'EvtIoWrite'],
  [IRP_MJ_DEVICE_CONTROL, 'EvtIoDeviceControl'],
  [IRP_MJ_INTERNAL_DEVICE_CONTROL, 'EvtIoInternalDeviceControl'],
])
