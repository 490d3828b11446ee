import { describe, expect, it } from 'vitest'
import {
  STATUS_CANCELLED,
  STATUS_DEVICE_BUSY,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../../../src/abi/ntstatus.js'
import { ReceivedWaitWake, SentWaitWake } from '../../../../src/framework/pnp/wait-wake.js'

describe('a wait-wake request that was sent', () => {
  it('ends once', () => {
    const ends: boolean[] = []
    const sent = new SentWaitWake((success) => ends.push(success))
    expect(sent.end(STATUS_SUCCESS)).toBe(false)
    sent.sent()
    expect(sent.isPending).toBe(true)
    expect([sent.end(STATUS_SUCCESS), sent.cancel()]).toEqual([true, false])
    sent.sent()
    expect([sent.cancel(), sent.end(STATUS_SUCCESS)]).toEqual([true, false])
    expect(ends).toEqual([true, false])
  })
})

function received() {
  const events: string[] = []
  return { wait: new ReceivedWaitWake((event) => events.push(event)), events }
}

describe('a wait-wake request that arrived', () => {
  it.each([
    [STATUS_SUCCESS, 'WakeSucceeded'],
    [STATUS_CANCELLED, 'WakeCanceled'],
    [STATUS_UNSUCCESSFUL, 'WakeFailed'],
  ])('is completed by the machine with status %s', async (status, event) => {
    const { wait, events } = received()
    const ended = wait.arrive()
    expect(wait.indicate(status)).toBe(true)
    expect(wait.indicate(status)).toBe(false)
    expect(events).toEqual(['WakeArrival', event])
    wait.completeIndicated()
    wait.completeIndicated()
    expect(await ended).toBe(status)
  })

  it('is the only one until it was completed', async () => {
    const { wait } = received()
    void wait.arrive()
    expect(await wait.arrive()).toBe(STATUS_DEVICE_BUSY)
    wait.indicate(STATUS_SUCCESS)
    expect(await wait.arrive()).toBe(STATUS_DEVICE_BUSY)
    wait.completeIndicated()
    void wait.arrive()
    expect(wait.isPending).toBe(true)
  })

  it('is failed at once when the bus cannot be armed', async () => {
    const { wait } = received()
    const ended = wait.arrive()
    wait.fail(STATUS_UNSUCCESSFUL)
    expect(await ended).toBe(STATUS_UNSUCCESSFUL)
    expect(wait.isPending).toBe(false)
  })
})
