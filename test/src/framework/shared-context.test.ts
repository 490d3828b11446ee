/** The shared context as a driver sees it: several workers' objects over one memory. */
import { inspect } from 'node:util'
import { beforeEach, describe, expect, expectTypeOf, it } from 'vitest'
import type { AtomicField, AtomicNumberField } from '../../../src/framework/shared-scalar.js'
import {
  bindSharedContext,
  type SharedContext,
  type SharedContextOf,
} from '../../../src/framework/shared-context.js'
import { declareSharedContext } from '../../../src/framework/shared-context-declaration.js'
import type { SpinLock } from '../../../src/framework/spin-lock.js'
import type { WaitLock } from '../../../src/framework/wait-lock.js'
import { LockWorkers } from '../../harness/lock-workers.js'
import { failureOf } from '../../harness/status.js'

const Context = declareSharedContext({
  reads: 'int32',
  bytes: 'float64',
  enabled: 'boolean',
  big: 'bigint64',
  histogram: { type: 'int32', length: 4 },
  samples: { type: 'float64', length: 2 },
  ids: { type: 'bigint64', length: 2 },
  name: { type: 'bytes', length: 3 },
  lock: 'spinLock',
  wait: { type: 'waitLock', level: 'device' },
})
type Context = SharedContextOf<typeof Context>

const OFFSET = 64
let memory: SharedArrayBuffer
let workers: LockWorkers
let here: Context
let there: Context

beforeEach(() => {
  memory = new SharedArrayBuffer(OFFSET + Context.byteLength + 64)
  workers = new LockWorkers()
  here = bindSharedContext(Context, memory, OFFSET, workers.party(0))
  there = bindSharedContext(Context, memory, OFFSET, workers.party(1))
})

describe('a shared context', () => {
  it('starts as zeroes', () => {
    expect([here.reads, here.bytes, here.enabled, here.big]).toEqual([0, 0, false, 0n])
    expect([...here.histogram, ...here.samples, ...here.name]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0])
    expect([...here.ids]).toEqual([0n, 0n])
    expect(here.lock.tryAcquire()).toBe(true)
  })

  it('is the same for all workers', () => {
    here.reads = 7
    there.reads += 1
    here.bytes = 2 ** 40 + 0.5
    there.enabled = true
    here.big = -(2n ** 63n)
    there.histogram[3] = -9
    here.samples[1] = Math.PI
    there.ids[0] = 5n
    here.name.set([1, 2, 3])
    for (const context of [here, there]) {
      expect([context.reads, context.bytes, context.enabled]).toEqual([8, 2 ** 40 + 0.5, true])
      expect(context.big).toBe(-(2n ** 63n))
      expect([...context.histogram]).toEqual([0, 0, 0, -9])
      expect([...context.samples]).toEqual([0, Math.PI])
      expect([...context.ids, ...context.name]).toEqual([5n, 0n, 1, 2, 3])
    }
  })

  it('reads and modifies a scalar in one step', () => {
    expect([here.$reads.add(2), there.$reads.add(3), here.reads]).toEqual([0, 2, 5])
    expect([here.$bytes.add(0.5), there.$bytes.exchange(9), here.bytes]).toEqual([0, 0.5, 9])
    expect([here.$enabled.exchange(true), there.$enabled.compareExchange(true, false)]).toEqual([
      false,
      true,
    ])
    expect([here.$big.compareExchange(0n, 4n), there.$big.add(-5n), here.big]).toEqual([
      0n,
      4n,
      -1n,
    ])
  })

  it('has locks whose owners are the workers, and a dead one’s are taken over', () => {
    here.lock.acquire()
    expect(there.lock.tryAcquire()).toBe(false)
    expect(there.wait.tryAcquire()).toBe(true)
    workers.die(0)
    there.lock.acquire()
    expect(workers.recoveries).toEqual([{ lock: 'lock', deadWorker: 0, deadIncarnation: 1 }])
  })

  it('outlives a worker: its successor finds what was there', () => {
    here.reads = 3
    here.wait.acquire()
    workers.die(0)
    const successor = bindSharedContext(Context, memory, OFFSET, workers.party(0))
    expect(successor.reads).toBe(3)
    successor.wait.acquire()
    expect(successor.wait.abandoned).toBe(true)
  })

  it('touches nothing outside its memory', () => {
    here.reads = -1
    here.big = -1n
    for (const view of [here.histogram, here.name]) view.fill(-1)
    const bytes = new Uint8Array(memory)
    const outside = [...bytes.subarray(0, OFFSET), ...bytes.subarray(OFFSET + Context.byteLength)]
    expect(outside.every((byte) => byte === 0)).toBe(true)
  })

  it('refuses a field that was not declared, and another array or lock', () => {
    const any = here as unknown as Record<string, unknown>
    for (const name of ['raeds', 'histogram', 'lock', '$reads']) {
      expect(() => {
        any[name] = 1
      }, `${name}:`).toThrow(TypeError)
    }
  })

  it('shows its values, as JSON and when inspected', () => {
    here.$reads.add(2)
    here.$big.add(2n ** 60n)
    here.histogram[1] = 5
    expect(JSON.parse(JSON.stringify(here))).toEqual({
      reads: 2,
      bytes: 0,
      enabled: false,
      big: '1152921504606846976',
      histogram: [0, 5, 0, 0],
      samples: [0, 0],
      ids: ['0', '0'],
      name: [0, 0, 0],
    })
    expect(inspect(here)).toContain('reads: 2')
    expect(inspect(here)).toContain('big: 1152921504606846976n')
  })

  it('has the types that were declared', () => {
    expectTypeOf(here.reads).toEqualTypeOf<number>()
    expectTypeOf(here.bytes).toEqualTypeOf<number>()
    expectTypeOf(here.enabled).toEqualTypeOf<boolean>()
    expectTypeOf(here.big).toEqualTypeOf<bigint>()
    expectTypeOf(here.histogram).toEqualTypeOf<Int32Array>()
    expectTypeOf(here.samples).toEqualTypeOf<Float64Array>()
    expectTypeOf(here.ids).toEqualTypeOf<BigInt64Array>()
    expectTypeOf(here.name).toEqualTypeOf<Uint8Array>()
    expectTypeOf(here.lock).toEqualTypeOf<SpinLock>()
    expectTypeOf(here.wait).toEqualTypeOf<WaitLock>()
    expectTypeOf(here.$reads).toEqualTypeOf<AtomicNumberField<number>>()
    expectTypeOf(here.$enabled).toEqualTypeOf<AtomicField<boolean>>()
    expectTypeOf(here.$big).toEqualTypeOf<AtomicNumberField<bigint>>()
    expectTypeOf<'$histogram' | '$lock'>().not.toExtend<keyof Context>()
    expectTypeOf<SharedContext<{ a: 'int32' }>['a']>().toEqualTypeOf<number>()
  })
})

const bind = (buffer: SharedArrayBuffer, byteOffset?: number) => () =>
  bindSharedContext(Context, buffer, byteOffset)

describe('binding refuses', () => {
  const refusal = failureOf('STATUS_INVALID_PARAMETER')

  it('memory that was laid out for other fields, and leaves it as it was', () => {
    here.reads = 5
    const Other = declareSharedContext({ ...Context.declared, reads: 'float64' })
    const other = () => bindSharedContext(Other, memory, OFFSET)
    expect(other).toThrow(refusal)
    expect(other).toThrow(/laid out for other fields \(shape 0x.*same order/)
    expect(here.reads).toBe(5)
    const same = bindSharedContext(declareSharedContext(Context.declared), memory, OFFSET)
    expect(same.reads).toBe(5)
  })

  it('memory that is too small', () => {
    expect(bind(new SharedArrayBuffer(Context.byteLength - 1))).toThrow(refusal)
    expect(bind(new SharedArrayBuffer(Context.byteLength), 64)).toThrow(
      `needs ${Context.byteLength} bytes from 64 on`,
    )
    expect(bind(new SharedArrayBuffer(Context.byteLength))).not.toThrow()
  })

  it.each([-64, 4, 63, 0.5, Number.NaN])('offset %d', (byteOffset) => {
    expect(bind(memory, byteOffset)).toThrow(refusal)
    expect(bind(memory, byteOffset)).toThrow('starts at a multiple of 64 bytes')
  })

  it('memory that is not shared', () => {
    const buffer = new ArrayBuffer(Context.byteLength) as unknown as SharedArrayBuffer
    expect(bind(buffer)).toThrow(refusal)
    expect(bind(buffer)).toThrow('bound to a SharedArrayBuffer')
  })
})
