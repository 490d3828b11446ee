import { describe, expect, it } from 'vitest'
import {
  STATUS_DEVICE_BUSY,
  STATUS_IO_TIMEOUT,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../../../src/abi/ntstatus.js'
import type { Device } from '../../../../src/framework/device.js'
import {
  CALLBACK_CALLED,
  CALLBACK_FAILED_IN_POST,
  CALLBACK_FAILED_IN_PRE,
  CALLBACK_SUCCEEDED,
  CallbackRunner,
  type CallbackRunnerOptions,
} from '../../../../src/framework/pnp/callback-runner.js'
import { ManualClock } from '../../../../src/framework/pnp/clock.js'
import type { DeviceCallbacks } from '../../../../src/framework/pnp/device-callbacks.js'
import { runSteps } from '../../../../src/framework/pnp/host-call.js'
import { Gate } from '../../../harness/gate.js'

const device = { name: 'dev' } as Device

function runner(callbacks: DeviceCallbacks, more: Partial<CallbackRunnerOptions> = {}) {
  const told: string[] = []
  const clock = new ManualClock()
  const observer = {
    started: (name: string, implemented: boolean) => told.push(`+${name} ${implemented}`),
    ended: (name: string, status: number) => told.push(`-${name} ${status}`),
    threw: (name: string, error: unknown) => told.push(`${name} ${String(error)}`),
    violated: (name: string, rule: string) => told.push(`${name} ${rule}`),
    overdue: (name: string, ms: number) => told.push(`${name} ${ms}`),
  }
  const made = new CallbackRunner(device, { callbacks, clock, watchdogMs: 50, observer, ...more })
  return { runner: made, told, clock }
}

const busy = (): number => STATUS_DEVICE_BUSY

describe('a callback', () => {
  it('is called with the device and its arguments, on the object that it was given in', () => {
    const calls: unknown[] = []
    const callbacks: DeviceCallbacks = {
      EvtDeviceD0Entry(...args) {
        calls.push([this === callbacks, ...args])
      },
    }
    const outcome = runSteps(runner(callbacks).runner.run('EvtDeviceD0Entry', 'D3'))
    expect(outcome).toEqual({ status: STATUS_SUCCESS, progress: CALLBACK_SUCCEEDED })
    expect(calls).toEqual([[true, device, 'D3']])
  })

  it('that is not there succeeds, and is told of all the same', () => {
    const { runner: r, told } = runner({})
    expect(runSteps(r.run('EvtDeviceD0Exit'))).toMatchObject({ status: STATUS_SUCCESS })
    expect(told).toEqual(['+EvtDeviceD0Exit false', '-EvtDeviceD0Exit 0'])
    expect(r.has('EvtDeviceD0Exit')).toBe(false)
  })

  it.each<[string, () => unknown, number]>([
    ['nothing', () => undefined, STATUS_SUCCESS],
    ['a status', busy, STATUS_DEVICE_BUSY],
    ['an unsigned status', () => 0x80000011, STATUS_DEVICE_BUSY],
    ['something else', () => 'yes', STATUS_SUCCESS],
  ])('that returns %s has its status', (_what, returns, status) => {
    const { runner: r } = runner({ EvtDeviceD0Exit: returns as never })
    expect(runSteps(r.run('EvtDeviceD0Exit'))).toMatchObject({ status })
  })

  it('that throws, or rejects, fails; with its own status if it has one', async () => {
    const own = Object.assign(new Error('own'), { ntstatus: STATUS_DEVICE_BUSY })
    for (const [error, status] of [
      [new Error('x'), STATUS_UNSUCCESSFUL],
      [own, STATUS_DEVICE_BUSY],
    ] as const) {
      const throwing = runner({
        EvtDeviceD0Exit: () => {
          throw error
        },
      })
      const rejecting = runner({ EvtDeviceD0Exit: () => Promise.reject(error) })
      for (const { runner: r, told } of [throwing, rejecting]) {
        expect(await runSteps(r.run('EvtDeviceD0Exit'))).toEqual({
          status,
          progress: CALLBACK_CALLED,
        })
        expect(told).toContain(`EvtDeviceD0Exit ${String(error)}`)
      }
    }
  })

  it('that returns STATUS_NOT_SUPPORTED fails and breaks a rule', () => {
    const { runner: r, told } = runner({ EvtDeviceD0Exit: () => STATUS_NOT_SUPPORTED })
    expect(runSteps(r.run('EvtDeviceD0Exit'))).toMatchObject({ status: STATUS_NOT_SUPPORTED })
    expect(told[1]).toBe('EvtDeviceD0Exit returned STATUS_NOT_SUPPORTED, which it never may')
  })
})

describe('the watchdog', () => {
  it('names a callback whose promise does not settle, and it has failed; it is off for one in time', async () => {
    const exit = new Gate()
    const slow = runner({ EvtDeviceD0Exit: exit.wait as () => Promise<void> })
    const running = runSteps(slow.runner.run('EvtDeviceD0Exit'))
    slow.clock.advance(49)
    expect(slow.told).toHaveLength(1)
    slow.clock.advance(500)
    expect(slow.told.slice(1)).toEqual(['EvtDeviceD0Exit 50'])
    expect(await running).toEqual({ status: STATUS_IO_TIMEOUT, progress: CALLBACK_CALLED })
    exit.open()
    const quick = runner({ EvtDeviceD0Exit: () => Promise.resolve() })
    await runSteps(quick.runner.run('EvtDeviceD0Exit'))
    quick.clock.advance(500)
    expect(quick.told).toEqual(['+EvtDeviceD0Exit true', '-EvtDeviceD0Exit 0'])
  })
})

describe('class extensions', () => {
  const log: string[] = []
  const logged = (name: string, status = 0): DeviceCallbacks => ({
    EvtDeviceD0Entry: () => {
      log.push(name)
      return status
    },
  })

  it.each([
    ['around the driver', [0, 0, 0], CALLBACK_SUCCEEDED, ['pre', 'driver', 'post']],
    ['and keep it from being called', [-1, 0, 0], CALLBACK_FAILED_IN_PRE, ['pre']],
    ['and are not asked after it failed', [0, -1, 0], CALLBACK_CALLED, ['pre', 'driver']],
    ['and fail after it', [0, 0, -1], CALLBACK_FAILED_IN_POST, ['pre', 'driver', 'post']],
  ] as const)('are called %s', (_how, [pre, own, post], progress, called) => {
    log.length = 0
    const extensions = [{ pre: logged('pre', pre), post: logged('post', post) }]
    const { runner: r } = runner(logged('driver', own), { extensions })
    expect(runSteps(r.run('EvtDeviceD0Entry', 'D3'))).toMatchObject({ progress })
    expect(log).toEqual(called)
  })

  it('count as having the callback', () => {
    const extensions = [{ post: logged('post') }]
    expect(runner({}, { extensions }).runner.has('EvtDeviceD0Entry')).toBe(true)
  })
})
