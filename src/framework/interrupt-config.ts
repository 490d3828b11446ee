/**
 * Configuration of an interrupt, and what KMDF refuses in one. Runs on: worker, while an interrupt is created.
 * Source: WDF_INTERRUPT_CONFIG, WdfInterruptCreate; kmdf.md 5.3.
 */
import {
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED,
} from '../abi/ntstatus.js'
import type { LineDescriptor } from '../irp/interrupt-block.js'
import type { CallbackResult } from './driver.js'
import { WdfStatusError } from './errors.js'
import type { ObjectAttributes, ObjectHandle } from './framework-object.js'
import type { Interrupt } from './interrupt.js'
import type { HandlerReturn } from './io-queue-config.js'

/** True: it was my device's. A passive-level interrupt's may be asynchronous. */
export type EvtInterruptIsr = (
  interrupt: Interrupt,
  messageId: number,
) => boolean | Promise<boolean>
export type EvtInterruptDpc = (interrupt: Interrupt) => void
export type EvtInterruptWorkItem = (interrupt: Interrupt) => HandlerReturn
export type EvtInterruptEnable = (interrupt: Interrupt) => CallbackResult
export type EvtInterruptDisable = (interrupt: Interrupt) => CallbackResult

export interface InterruptResource {
  readonly line: LineDescriptor
  /** 'message': every raise counts; 'level': active until the device is quiet. */
  readonly trigger: 'message' | 'level'
  /** The device can wake the system through it. */
  readonly wakeHint?: boolean
}

export interface InterruptConfig extends ObjectAttributes<Interrupt> {
  /** Is it my device? Quieten it, note what happened, queue the rest. At DIRQL, holding the interrupt lock. */
  readonly EvtInterruptIsr: EvtInterruptIsr
  /** The rest, at DISPATCH_LEVEL. Drains everything noted: interrupts merge. */
  readonly EvtInterruptDpc?: EvtInterruptDpc
  /** The rest, at PASSIVE_LEVEL; instead of a DPC. */
  readonly EvtInterruptWorkItem?: EvtInterruptWorkItem
  /** Switches the interrupt on in the device, once the line is connected. At DIRQL, under the lock. */
  readonly EvtInterruptEnable?: EvtInterruptEnable
  /** Switches it off, before the line is disconnected. At DIRQL, under the lock. */
  readonly EvtInterruptDisable?: EvtInterruptDisable
  /** Serialize the DPC or work item with the parent's callbacks. Default false. */
  readonly automaticSerialization?: boolean
  /** Device (default), queue, or an object below them; only with automaticSerialization. */
  readonly parent?: ObjectHandle
  /** The ISR runs at PASSIVE_LEVEL, from a work item; the line stays masked meanwhile. Default false. */
  readonly passiveHandling?: boolean
  /** At power-down the line stays connected and is ignored (soft disconnect). Default false. */
  readonly reportInactiveOnPowerDown?: boolean
  /** Wakes the device from a low-power state: passive, created in EvtDevicePrepareHardware, with a wake hint. */
  readonly canWakeDevice?: boolean
  /** In EvtDevicePrepareHardware only, and required there: which of the device's interrupts it is. */
  readonly interruptRaw?: InterruptResource
  readonly interruptTranslated?: InterruptResource
}

/** Where the device stands: interrupts may be created in the first two. */
export type CreationPhase = 'device-add' | 'prepare-hardware' | 'later'

/** @throws WdfStatusError with KMDF's status for a configuration that WdfInterruptCreate refuses. */
export function checkInterruptConfig(config: InterruptConfig, phase: CreationPhase): void {
  checkCallbacks(config)
  if (config.parent !== undefined && config.automaticSerialization !== true) {
    refuse(
      STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED,
      'an interrupt has a parent of its own only with automaticSerialization',
      'parent',
    )
  }
  const hasResources = config.interruptRaw !== undefined && config.interruptTranslated !== undefined
  switch (phase) {
    case 'device-add':
      checkInDeviceAdd(config)
      break
    case 'prepare-hardware':
      if (!hasResources) {
        refuse(
          STATUS_INVALID_DEVICE_STATE,
          'in EvtDevicePrepareHardware an interrupt is created from its interruptRaw and interruptTranslated',
          config.interruptTranslated,
        )
      }
      break
    default:
      refuse(
        STATUS_INVALID_DEVICE_STATE,
        'interrupts are created in EvtDriverDeviceAdd or EvtDevicePrepareHardware',
        phase,
      )
  }
  if (config.canWakeDevice === true) checkWake(config)
}

function checkCallbacks(config: InterruptConfig): void {
  if (typeof config.EvtInterruptIsr !== 'function') {
    refuse(STATUS_INVALID_PARAMETER, 'an interrupt needs EvtInterruptIsr', config.EvtInterruptIsr)
  }
  for (const name of [
    'EvtInterruptDpc',
    'EvtInterruptWorkItem',
    'EvtInterruptEnable',
    'EvtInterruptDisable',
  ] as const) {
    if (config[name] !== undefined && typeof config[name] !== 'function') {
      refuse(STATUS_INVALID_PARAMETER, `${name} is not a function`, config[name])
    }
  }
  if (config.EvtInterruptDpc !== undefined && config.EvtInterruptWorkItem !== undefined) {
    refuse(
      STATUS_INVALID_PARAMETER,
      'an interrupt has EvtInterruptDpc or EvtInterruptWorkItem, not both',
      'EvtInterruptDpc, EvtInterruptWorkItem',
    )
  }
}

function checkInDeviceAdd(config: InterruptConfig): void {
  if (config.interruptRaw !== undefined || config.interruptTranslated !== undefined) {
    refuse(
      STATUS_INVALID_PARAMETER,
      'in EvtDriverDeviceAdd the resources are not known yet: leave interruptRaw and interruptTranslated out',
      'interruptRaw',
    )
  }
  if (config.canWakeDevice === true) {
    refuse(
      STATUS_INVALID_PARAMETER,
      'an interrupt that wakes its device is created in EvtDevicePrepareHardware',
      'canWakeDevice',
    )
  }
}

function checkWake(config: InterruptConfig): void {
  if (config.passiveHandling !== true || config.interruptTranslated?.wakeHint !== true) {
    refuse(
      STATUS_INVALID_PARAMETER,
      'an interrupt wakes its device only with passiveHandling and a resource that has the wake hint',
      'canWakeDevice',
    )
  }
}

function refuse(status: number, message: string, value: unknown): never {
  throw new WdfStatusError(status, message, value)
}
