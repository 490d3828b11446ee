/** The restart policy and the order of a restart, with a pool of the test's own and a clock that it moves. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { engineBytes } from '../../../src/abi/engine-layout.js'
import { checkRestart, type RestartOptions } from '../../../src/manager/engine-options.js'
import { RemoteError, WorkerSet } from '../../../src/manager/worker-set.js'
import type { WorkerHandle, WorkerPool } from '../../../src/workers/worker-pool.js'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A set of one worker; what its pool was asked to do, with the time. `neverStarts`: a device whose start hangs. */
async function bench(restart: RestartOptions, failures = 0, neverStarts = -1) {
  const starts: number[] = []
  const calls: string[] = []
  const control = new Proxy(
    {},
    {
      get: (_target, name: string) => (of: { id?: number } | number) => {
        calls.push(`${name} ${typeof of === 'number' ? of : of.id}`)
        if (name === 'startDevice' && of === neverStarts) return new Promise(() => {})
        return Promise.resolve({ value: null })
      },
    },
  )
  const call = (invoke: (of: object) => unknown): unknown => invoke(control)
  let left = failures
  const start = (worker: number): Promise<WorkerHandle> => {
    starts.push(performance.now())
    // The first start is the engine's own.
    if (starts.length > 1 && left-- > 0) return Promise.reject(new Error('ended before ready'))
    return Promise.resolve({ worker, call } as unknown as WorkerHandle)
  }
  const pool = { start } as unknown as WorkerPool
  const set = new WorkerSet(pool, new Int32Array(engineBytes(1)), 1, checkRestart(restart))
  await set.start()
  starts.length = 1
  const lost: [name: string, error: Error][] = []
  /** One death, and how long the successor took to be started; NaN when none came. */
  const die = async (): Promise<number> => {
    const at = performance.now()
    const before = starts.length
    set.markDead(0, () => {})
    const replaced = set.replace(
      0,
      () => undefined,
      (...device) => lost.push(device),
    )
    const settled = replaced.catch(() => {})
    await vi.advanceTimersByTimeAsync(6000)
    await settled
    return starts.length === before ? NaN : (starts[before] as number) - at
  }
  return { set, starts, calls, die, lost }
}

it('restarts at once the first time, then more and more slowly, up to 5 s', async () => {
  const { die } = await bench({ maxDeaths: 20, windowMs: 1e6 })
  const waits: number[] = []
  for (let i = 0; i < 11; i++) waits.push(await die())
  expect(waits).toEqual([0, 50, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000])
})

it('gives up after more deaths than allowed in the window; older ones do not count', async () => {
  const { set, die } = await bench({ maxDeaths: 2, windowMs: 10_000 })
  // Each takes 6 s of this test's time: never more than two in 10 s.
  for (let i = 0; i < 5; i++) expect(await die()).toBeGreaterThanOrEqual(0)
  expect(set.hasFailed(0)).toBe(false)
  const many = await bench({ maxDeaths: 2, windowMs: 60_000 })
  expect([await many.die(), await many.die(), await many.die()]).toEqual([0, 50, NaN])
  expect(many.set.hasFailed(0)).toBe(true)
})

it('never restarts with maxDeaths 0', async () => {
  const { set, die } = await bench({ maxDeaths: 0 })
  expect(await die()).toBeNaN()
  expect(set.hasFailed(0)).toBe(true)
})

it('a successor that ends before it is ready counts as a death', async () => {
  const { set, starts, die } = await bench({ maxDeaths: 3, windowMs: 60_000 }, 2)
  expect(await die()).toBe(0)
  expect(starts).toHaveLength(4)
  expect(set.hasFailed(0)).toBe(false)
  const hopeless = await bench({ maxDeaths: 3, windowMs: 60_000 }, 10)
  await hopeless.die()
  expect(hopeless.starts).toHaveLength(4)
  expect(hopeless.set.hasFailed(0)).toBe(true)
})

it('adds and starts each device in order, and attaches channels when all are there', async () => {
  const { set, calls, die, lost } = await bench({})
  for (const id of [7, 8]) {
    set.devices.set(id, { spec: { id, name: `d${id}` } as never, workers: [0] })
  }
  set.devices.set(9, { spec: { id: 9, name: 'elsewhere' } as never, workers: [1] })
  await set.attach({ id: 1 } as never)
  await set.attach({ id: 2 } as never)
  calls.length = 0
  await die()
  expect(calls).toEqual([
    'addDevice 7',
    'startDevice 7',
    'addDevice 8',
    'startDevice 8',
    'attachChannel 1',
    'attachChannel 2',
  ])
  expect(lost).toEqual([])
})

it('attaches a worker’s own channel as soon as the devices that it reaches are back', async () => {
  const { set, calls, die } = await bench({})
  for (const id of [7, 8, 9]) {
    set.devices.set(id, { spec: { id, name: `d${id}` } as never, workers: [0] })
  }
  await set.attach({ id: 1 } as never)
  await set.attach({ id: 2 } as never, new Set([8]))
  await set.attach({ id: 3 } as never, new Set())
  // What lives elsewhere need not come back here.
  await set.attach({ id: 4 } as never, new Set([7, 99]))
  calls.length = 0
  await die()
  expect(calls.filter((call) => !call.startsWith('add'))).toEqual([
    'attachChannel 3',
    'startDevice 7',
    'attachChannel 4',
    'startDevice 8',
    'attachChannel 2',
    'startDevice 9',
    'attachChannel 1',
  ])
})

it('a device that does not start in time is lost, and the others come back', async () => {
  const { set, calls, die, lost } = await bench({ startTimeoutMs: 5000 }, 0, 7)
  for (const id of [7, 8]) {
    set.devices.set(id, { spec: { id, name: `d${id}` } as never, workers: [0] })
  }
  await set.attach({ id: 1 } as never)
  calls.length = 0
  await die()
  expect(lost).toMatchObject([['d7', { code: 'ERR_IRP_START_TIMEOUT', value: 'd7' }]])
  expect(calls.slice(-2)).toEqual(['startDevice 8', 'attachChannel 1'])
})

it('throws what a worker reports with what that was thrown for', () => {
  const cause = {
    name: 'TypeError',
    message: 'at load',
    stack: 'TypeError: at load\n    at driver.mjs:3:7',
  }
  const error = new RemoteError({ name: 'DriverError', message: 'importing threw', cause })
  expect(error.cause).toBeInstanceOf(Error)
  expect(error.cause).toMatchObject(cause)
  expect('cause' in new RemoteError(cause)).toBe(false)
})
