import { describe, expect, it } from 'vitest'
import type { Device } from '../../../../src/framework/device.js'
import {
  CallbackRunner,
  type ClassExtension,
} from '../../../../src/framework/pnp/callback-runner.js'
import { ManualClock } from '../../../../src/framework/pnp/clock.js'
import type {
  DeviceCallbackName,
  DeviceCallbacks,
} from '../../../../src/framework/pnp/device-callbacks.js'
import { runSteps } from '../../../../src/framework/pnp/host-call.js'
import { SelfManagedIo } from '../../../../src/framework/pnp/self-managed-io.js'

function statusOf(steps: ReturnType<SelfManagedIo['start']>): number {
  return (runSteps(steps) as { status: number }).status
}

const NAMES = ['Init', 'Restart', 'Suspend', 'Flush', 'Cleanup'] as const

function selfManagedIo(
  failing: readonly string[] = [],
  extensions: readonly ClassExtension[] = [],
) {
  const log: string[] = []
  const entries = NAMES.map((name): [DeviceCallbackName, () => number] => [
    `EvtDeviceSelfManagedIo${name}`,
    () => {
      log.push(name)
      return failing.includes(name) ? -1 : 0
    },
  ])
  const callbacks = Object.fromEntries(entries) as DeviceCallbacks
  const clock = new ManualClock()
  const options = { callbacks, extensions, clock, watchdogMs: 1 }
  const io = new SelfManagedIo(new CallbackRunner({} as Device, options))
  return { io, log, status: statusOf }
}

describe('self-managed I/O', () => {
  it('is initialized once, then restarted, and ends', () => {
    const { io, log, status } = selfManagedIo()
    for (const steps of [
      io.start(),
      io.suspend('D3'),
      io.start(),
      io.suspend('D3Final'),
      io.flush(),
      io.cleanup(),
    ]) {
      expect(status(steps)).toBe(0)
    }
    expect(log).toEqual(['Init', 'Suspend', 'Restart', 'Suspend', 'Flush', 'Cleanup'])
    expect(io.state).toBe('Final')
  })

  it('has nothing to flush or clean up when it never began', () => {
    const { io, log, status } = selfManagedIo()
    expect([status(io.flush()), status(io.suspend('D3')), status(io.cleanup())]).toEqual([0, 0, 0])
    expect(log).toEqual([])
    expect(io.state).toBe('Final')
  })

  it('that failed to begin is flushed, not suspended', () => {
    const { io, log, status } = selfManagedIo(['Init'])
    expect(status(io.start())).toBe(-1)
    expect(status(io.suspend('D3'))).toBe(0)
    void runSteps(io.flush())
    expect(log).toEqual(['Init', 'Flush'])
  })

  it.each([
    ['Suspend', ['Init', 'Suspend', 'Flush']],
    ['Restart', ['Init', 'Suspend', 'Restart', 'Flush']],
  ])('that failed to %s does not start again', (failing, expected) => {
    const { io, log } = selfManagedIo([failing])
    for (const steps of [io.start(), io.suspend('D3'), io.start(), io.start()]) void runSteps(steps)
    expect(io.state).toBe('Failed')
    void runSteps(io.flush())
    expect(log).toEqual(expected)
  })

  it('begins another time when a class extension kept it from beginning', () => {
    let fails = true
    const pre = { EvtDeviceSelfManagedIoInit: () => (fails ? -1 : 0) }
    const { io, log, status } = selfManagedIo([], [{ pre }])
    expect(status(io.start())).toBe(-1)
    expect(io.state).toBe('Created')
    fails = false
    expect(status(io.start())).toBe(0)
    expect(log).toEqual(['Init'])
  })

  it('is suspended when a class extension failed after it began', () => {
    const post = { EvtDeviceSelfManagedIoInit: () => -1, EvtDeviceSelfManagedIoRestart: () => -1 }
    const begun = selfManagedIo([], [{ post }])
    expect(begun.status(begun.io.start())).toBe(-1)
    expect([begun.io.state, begun.log]).toEqual(['InitFailed', ['Init', 'Suspend']])
    const again = selfManagedIo([], [{ post: { EvtDeviceSelfManagedIoRestart: () => -1 } }])
    for (const steps of [again.io.start(), again.io.suspend('D3')]) void runSteps(steps)
    expect(again.status(again.io.start())).toBe(-1)
    expect([again.io.state, again.log]).toEqual([
      'Failed',
      ['Init', 'Suspend', 'Restart', 'Suspend'],
    ])
  })
})
