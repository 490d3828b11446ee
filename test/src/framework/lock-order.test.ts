import { beforeEach, describe, expect, it } from 'vitest'
import { STATUS_SUCCESS, STATUS_TIMEOUT } from '../../../src/abi/ntstatus.js'
import { CallbackLock } from '../../../src/framework/callback-lock.js'
import { LOCK_LEVEL, LockOrder, type LockLevel } from '../../../src/framework/lock-order.js'
import { LOCAL_PARTY } from '../../../src/framework/lock-party.js'
import { SpinLock } from '../../../src/framework/spin-lock.js'
import { WaitLock } from '../../../src/framework/wait-lock.js'
import { violationOf } from '../../harness/violation.js'

let order: LockOrder
let party: typeof LOCAL_PARTY
const spin = (level: LockLevel) => new SpinLock({ name: level, level, party })
const passive = (level: LockLevel) => new WaitLock({ name: level, level, party })
const refusal = (name: string) => violationOf('WDF_INVALID_LOCK_OPERATION', name)

beforeEach(() => {
  order = new LockOrder()
  party = { ...LOCAL_PARTY, order }
})

describe('lock order', () => {
  it('has the levels of kmdf.md 5.2', () => {
    expect(LOCK_LEVEL).toEqual({
      ioTarget: 0x1000,
      driver: 0x1010,
      device: 0x1020,
      queue: 0x1030,
      packageIo: 0x1031,
      request: 0x1040,
      irpQueue: 0x1051,
      timer: 0x1059,
      dpc: 0x1060,
      workItem: 0x1060,
      interrupt: 0x1060,
      file: 0x1060,
      disposeList: 0x8000,
    })
  })

  it('lets levels rise and stay', () => {
    const held = (['ioTarget', 'device', 'queue', 'queue', 'file', 'dpc'] as const).map(spin)
    for (const lock of held) lock.acquire()
    expect(order.held('spin')).toHaveLength(6)
    for (const lock of held) lock.release()
    expect(order.held('spin')).toEqual([])
  })

  it('refuses a lower one before it is acquired, and names both', () => {
    const device = spin('device')
    spin('queue').acquire()
    expect(() => device.acquire()).toThrow(refusal('device'))
    expect(() => device.acquire()).toThrow(/device 0x1020.*"queue" \(queue 0x1030\)/)
    expect(device.tryAcquire()).toBe(true)
  })

  it('looks at all held locks, whatever the order in which they were released', () => {
    const [low, high, last] = [spin('device'), spin('request'), spin('timer')]
    for (const lock of [low, high, last]) lock.acquire()
    last.release()
    low.release()
    expect(() => spin('queue').acquire()).toThrow(refusal('queue'))
    high.release()
    spin('queue').acquire()
  })

  it('keeps spin and passive locks apart', () => {
    spin('request').acquire()
    expect(passive('device').acquire()).toBe(STATUS_SUCCESS)
    expect(() => passive('driver').acquire()).toThrow(refusal('driver'))
  })

  it('does not check a lock without a level', () => {
    spin('request').acquire()
    const plain = new SpinLock({ party })
    plain.acquire()
    plain.release()
    expect(order.held('spin')).toEqual(['request'])
  })

  it('does not enter what was not acquired', () => {
    const lock = passive('device')
    const other = { words: new Int32Array(new SharedArrayBuffer(64)), base: 0 }
    const there = new WaitLock({ place: other })
    const here = new WaitLock({
      name: 'here',
      level: 'queue',
      place: other,
      party: { ...party, owner: 4096 },
    })
    there.acquire()
    expect(here.acquire(0)).toBe(STATUS_TIMEOUT)
    expect(here.tryAcquire()).toBe(false)
    expect(order.held('passive')).toEqual([])
    expect(() => lock.release()).toThrow(refusal('device'))
    expect(lock.acquire()).toBe(STATUS_SUCCESS)
  })

  it('does not check tryAcquire, which waits for nobody, but knows of it', () => {
    spin('queue').acquire()
    const device = spin('device')
    expect(device.tryAcquire()).toBe(true)
    expect(order.held('spin')).toEqual(['queue', 'device'])
    device.release()
    expect(order.held('spin')).toEqual(['queue'])
  })

  it('leaves asynchronous handlers out', async () => {
    const lock = passive('request')
    expect(await lock.acquireAsync()).toBe(STATUS_SUCCESS)
    expect(order.held('passive')).toEqual([])
    passive('device').acquire()
    lock.release()
  })

  it('covers hold and run', () => {
    const queue = spin('queue')
    using _held = queue.hold()
    expect(() => spin('device').run(() => 1)).toThrow(refusal('device'))
    expect(order.held('spin')).toEqual(['queue'])
  })

  it('off, a lock is as it was made', () => {
    const lock = new SpinLock({ level: 'device' })
    expect(Object.hasOwn(lock, 'acquire')).toBe(false)
    expect(Object.hasOwn(spin('device'), 'acquire')).toBe(true)
    expect(Object.hasOwn(new CallbackLock({ name: 'c', kind: 'spin' }), 'acquire')).toBe(false)
  })
})
