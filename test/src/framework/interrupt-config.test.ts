import { describe, expect, it } from 'vitest'
import {
  checkInterruptConfig,
  type CreationPhase,
  type InterruptConfig,
  type InterruptResource,
} from '../../../src/framework/interrupt-config.js'
import { dispatchDevice } from '../../harness/levels.js'

const isr = (): boolean => true
const ignore = (): void => {}
const block = new SharedArrayBuffer(64)
const line = { block, line: 0, doorbell: { buffer: block, word: 0 } }
const resource: InterruptResource = { line, trigger: 'message' }
const resources = { interruptRaw: resource, interruptTranslated: resource }
const waking = { line, trigger: 'message', wakeHint: true } as const
const wakes = { interruptRaw: waking, interruptTranslated: waking, canWakeDevice: true }

describe('WdfInterruptCreate', () => {
  it.each<[CreationPhase, object]>([
    ['device-add', {}],
    ['device-add', { EvtInterruptDpc: ignore }],
    ['device-add', { EvtInterruptWorkItem: ignore, passiveHandling: true }],
    ['device-add', { automaticSerialization: true, parent: dispatchDevice }],
    ['prepare-hardware', resources],
    ['prepare-hardware', { ...wakes, passiveHandling: true }],
  ])('takes, in %s, %o', (phase, config) => {
    const whole = { EvtInterruptIsr: isr, ...config }
    expect(() => checkInterruptConfig(whole, phase)).not.toThrow()
  })

  it.each<[string, CreationPhase, object]>([
    ['STATUS_INVALID_PARAMETER', 'device-add', { EvtInterruptIsr: undefined }],
    ['STATUS_INVALID_PARAMETER', 'device-add', { EvtInterruptEnable: 3 }],
    [
      'STATUS_INVALID_PARAMETER',
      'device-add',
      { EvtInterruptDpc: ignore, EvtInterruptWorkItem: ignore },
    ],
    ['STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED', 'device-add', { parent: dispatchDevice }],
    ['STATUS_INVALID_PARAMETER', 'device-add', resources],
    ['STATUS_INVALID_PARAMETER', 'device-add', { canWakeDevice: true }],
    ['STATUS_INVALID_DEVICE_STATE', 'prepare-hardware', {}],
    ['STATUS_INVALID_DEVICE_STATE', 'prepare-hardware', { interruptRaw: resource }],
    ['STATUS_INVALID_PARAMETER', 'prepare-hardware', wakes],
    [
      'STATUS_INVALID_PARAMETER',
      'prepare-hardware',
      { ...resources, canWakeDevice: true, passiveHandling: true },
    ],
    ['STATUS_INVALID_DEVICE_STATE', 'later', resources],
  ])('answers %s in %s to %o', (code, phase, config) => {
    const whole = { EvtInterruptIsr: isr, ...config } as InterruptConfig
    expect(() => checkInterruptConfig(whole, phase)).toThrow(expect.objectContaining({ code }))
  })
})
