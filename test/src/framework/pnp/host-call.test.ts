import { describe, expect, it } from 'vitest'
import {
  STATUS_DEVICE_BUSY,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../../../src/abi/ntstatus.js'
import { type HostStatus, runSteps, statusOfCall } from '../../../../src/framework/pnp/host-call.js'

function* steps(): Generator<unknown, number, unknown> {
  yield 1
  return STATUS_DEVICE_BUSY
}

function* broken(wait: unknown): Generator<unknown, number, unknown> {
  yield wait
  throw new Error('broken')
}

describe('statusOfCall', () => {
  it.each<[string, () => HostStatus | undefined, number]>([
    ['nothing', () => {}, STATUS_SUCCESS],
    ['a status', () => STATUS_DEVICE_BUSY, STATUS_DEVICE_BUSY],
    ['steps', steps, STATUS_DEVICE_BUSY],
    ['undefined for a member that is not there', () => undefined, STATUS_SUCCESS],
  ])('makes a status of %s, at once', (_what, call, status) => {
    expect(runSteps(statusOfCall(call))).toBe(status)
  })

  it('waits for a promise', async () => {
    const running = runSteps(statusOfCall(() => Promise.resolve(STATUS_DEVICE_BUSY)))
    expect(running).toBeInstanceOf(Promise)
    expect(await running).toBe(STATUS_DEVICE_BUSY)
  })

  it('fails when the call throws or rejects, and tells', async () => {
    const threw: unknown[] = []
    const error = new Error('x')
    const tell = (what: unknown): void => void threw.push(what)
    const throwing = (): never => {
      throw error
    }
    expect(runSteps(statusOfCall(throwing, tell))).toBe(STATUS_UNSUCCESSFUL)
    expect(await runSteps(statusOfCall(() => Promise.reject(error), tell))).toBe(
      STATUS_UNSUCCESSFUL,
    )
    expect(threw).toEqual([error, error])
  })
})

describe('runSteps', () => {
  it('throws what the steps throw, at once or later', async () => {
    expect(() => runSteps(broken(1))).toThrow('broken')
    await expect(runSteps(broken(Promise.resolve()))).rejects.toThrow('broken')
  })
})
