/**
 * What a record of the in-flight recorder says, in words. Runs on: any thread.
 */
import { callbackAt } from '../abi/callback-names.js'
import { statusName } from '../abi/ntstatus-name.js'
import {
  RECORD_CALLBACK_FAILED,
  RECORD_CHANNEL_ATTACHED,
  RECORD_CHANNEL_DETACHED,
  RECORD_DEVICE_ADDED,
  RECORD_DEVICE_NOT_ADDED,
  RECORD_DEVICE_REMOVED,
  RECORD_DEVICE_STARTED,
  RECORD_DEVICE_STOPPING,
  RECORD_DRIVER_FAULT,
  RECORD_HOST_DIED,
  RECORD_WORKER_STARTED,
} from '../abi/recorder-layout.js'

export function recordText(
  code: number,
  [a = 0, b = 0, c = 0]: readonly number[],
  deviceName: (id: number) => string,
): string {
  switch (code) {
    case RECORD_WORKER_STARTED:
      return `worker ${a} started, incarnation ${b}`
    case RECORD_CHANNEL_ATTACHED:
      return `channel ${a} attached`
    case RECORD_CHANNEL_DETACHED:
      return `channel ${a} detached`
    case RECORD_DEVICE_ADDED:
      return `device ${deviceName(a)} added`
    case RECORD_DEVICE_STARTED:
      return `device ${deviceName(a)} started`
    case RECORD_DEVICE_STOPPING:
      return `device ${deviceName(a)} stopping`
    case RECORD_DEVICE_REMOVED:
      return `device ${deviceName(a)} removed`
    case RECORD_DRIVER_FAULT:
      return `a handler of device ${deviceName(a)} threw (major function ${b}, slot ${c})`
    case RECORD_CALLBACK_FAILED:
      return `${callbackAt(b)?.callback ?? 'a step'} of device ${deviceName(a)} failed: ${statusName(c)}`
    case RECORD_DEVICE_NOT_ADDED:
      return `device ${deviceName(a)} could not be added`
    case RECORD_HOST_DIED:
      return `the host of channel ${a} died`
    default:
      return `unknown record ${code}: ${a}, ${b}, ${c}`
  }
}
