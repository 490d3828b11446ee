import { describe, expect, it } from 'vitest'
import {
  checkCallbackTimeout,
  checkChannelOptions,
  checkDevice,
  checkEngineOptions,
  checkRestart,
  checkStop,
  checkWaitStrategy,
  checkWorkers,
  type DeviceOptions,
  spinsFor,
} from '../../../src/manager/engine-options.js'

const option = (value: unknown) =>
  expect.objectContaining({ name: 'EngineError', code: 'ERR_IRP_OPTION', value })

describe('checkEngineOptions', () => {
  it('takes none, a list of devices, limits that can be', () => {
    for (const options of [{}, { devices: [] }, { resourceLimits: { stackSizeMb: 0.5 } }]) {
      expect(() => checkEngineOptions(options)).not.toThrow()
    }
  })

  it.each([null, 5, 'two workers'])('refuses %s for options', (options) => {
    expect(() => checkEngineOptions(options as never)).toThrow(option(options))
    expect(() => checkChannelOptions(options as never)).toThrow(option(options))
    expect(() => checkStop(options as never)).toThrow(option(options))
  })

  it.each([5, {}, 'disk0', null])('refuses %s for devices', (devices) => {
    expect(() => checkEngineOptions({ devices } as never)).toThrow(option(devices))
  })

  it.each([0, -1, NaN, Infinity, '64'])('refuses a resource limit of %s', (limit) => {
    const resourceLimits = { maxOldGenerationSizeMb: limit } as never
    expect(() => checkEngineOptions({ resourceLimits })).toThrow(option(limit))
  })

  it.each([null, 5])('refuses %s for resource limits', (resourceLimits) => {
    expect(() => checkEngineOptions({ resourceLimits } as never)).toThrow(option(resourceLimits))
  })
})

describe('checkCallbackTimeout', () => {
  it('is a minute by default, and may be for ever', () => {
    expect([undefined, 1, Infinity].map((ms) => checkCallbackTimeout(ms))).toEqual([
      60_000,
      1,
      Infinity,
    ])
  })

  it.each([0, -1, NaN, '1'])('refuses %s ms', (ms) => {
    expect(() => checkCallbackTimeout(ms as number)).toThrow(option(ms))
  })
})

describe('checkStop', () => {
  it('leaves five seconds by default, and any time', () => {
    expect([{}, { timeoutMs: 0 }, { timeoutMs: Infinity }].map(checkStop)).toEqual([
      5000,
      0,
      Infinity,
    ])
  })

  it.each([-1, NaN, '1'])('refuses %s ms', (timeoutMs) => {
    expect(() => checkStop({ timeoutMs } as never)).toThrow(option(timeoutMs))
  })
})

describe('checkChannelOptions', () => {
  it('has defaults', () => {
    expect(checkChannelOptions({})).toEqual({
      slots: 1024,
      bufferBytes: 4 << 20,
      highWaterMark: 1024,
      lowWaterMark: 512,
    })
    expect(checkChannelOptions({ slots: 1, bufferBytes: 4096 })).toEqual({
      slots: 1,
      bufferBytes: 4096,
      highWaterMark: 1,
      lowWaterMark: 0,
    })
  })

  it.each([
    { highWaterMark: 0 },
    { highWaterMark: 1025 },
    { highWaterMark: 1.5 },
    { highWaterMark: 8, lowWaterMark: 8 },
    { lowWaterMark: -1 },
  ])('refuses water marks that cannot be: %o', (marks) => {
    expect(() => checkChannelOptions(marks)).toThrow(/WaterMark: .* is not a whole number from/)
  })

  it.each([0, 3, -2, 1.5, NaN, 2 ** 17, Infinity])('refuses %d slots', (slots) => {
    expect(() => checkChannelOptions({ slots })).toThrow(option(slots))
  })

  it.each([0, 2048, 5000, 2 ** 31, NaN])('refuses %d bytes for buffers', (bufferBytes) => {
    expect(() => checkChannelOptions({ bufferBytes })).toThrow(option(bufferBytes))
  })
})

describe('checkWorkers', () => {
  it('is at least one by default', () => {
    expect(checkWorkers()).toBeGreaterThanOrEqual(1)
    expect(checkWorkers(126)).toBe(126)
  })

  it.each([0, -1, 1.5, 127, NaN])('refuses %d', (workers) => {
    expect(() => checkWorkers(workers)).toThrow(option(workers))
  })
})

describe('checkWaitStrategy', () => {
  it('is adaptive by default', () => {
    expect(checkWaitStrategy()).toBe('adaptive')
    expect(checkWaitStrategy('park')).toBe('park')
    expect(() => checkWaitStrategy('sleep' as 'park')).toThrow(option('sleep'))
  })
})

describe('checkRestart', () => {
  it('has defaults: eight deaths in ten seconds', () => {
    expect(checkRestart()).toEqual({
      maxDeaths: 8,
      windowMs: 10_000,
      backoffMs: 50,
      startTimeoutMs: 120_000,
    })
    expect(checkRestart({ maxDeaths: 0 }).maxDeaths).toBe(0)
  })

  it.each([
    [{ maxDeaths: -1 }, 'restart.maxDeaths'],
    [{ maxDeaths: 1.5 }, 'restart.maxDeaths'],
    [{ windowMs: NaN }, 'restart.windowMs'],
    [{ backoffMs: -1 }, 'restart.backoffMs'],
    [{ startTimeoutMs: 0 }, 'restart.startTimeoutMs'],
    [{ startTimeoutMs: NaN }, 'restart.startTimeoutMs'],
    [{ startTimeoutMs: 2 ** 31 }, 'restart.startTimeoutMs'],
    [null as never, 'restart'],
  ])('refuses %j', (options, name) => {
    expect(() => checkRestart(options)).toThrow(name)
  })
})

describe('spinsFor', () => {
  it('spins less when there are more threads than cores', () => {
    expect(spinsFor(1000)).toBeLessThan(spinsFor(0))
  })
})

const device = (rest: object) =>
  ({ name: 'disk', driver: 'file:///a.js', ...rest }) as DeviceOptions

describe('checkDevice', () => {
  it('gives the URL of the driver, however it was named', () => {
    for (const driver of [new URL('file:///a/b.js'), 'file:///a/b.js', '/a/b.js']) {
      expect(checkDevice(device({ driver }), 1)).toEqual([
        { driver: 'file:///a/b.js', role: 'function', parameters: {} },
      ])
    }
    const text = 'data:text/javascript,1'
    expect(checkDevice(device({ driver: text, worker: 1 }), 2)[0]?.driver).toBe(text)
  })

  it('takes a stack, top to bottom', () => {
    const stack = [
      { driver: '/f.js', role: 'filter' },
      { driver: '/d.js', parameters: { a: 1 } },
    ]
    expect(checkDevice(device({ driver: undefined, stack }), 1)).toEqual([
      { driver: 'file:///f.js', role: 'filter', parameters: {} },
      { driver: 'file:///d.js', role: 'function', parameters: { a: 1 } },
    ])
  })

  it.each([
    ['a stack beside a driver', { stack: [{ driver: '/a.js' }] }],
    ['an empty stack', { driver: undefined, stack: [] }],
    ['a stack that is no list', { driver: undefined, stack: {} }],
    ['a level without a driver', { driver: undefined, stack: [{}] }],
    ['a level that is nothing', { driver: undefined, stack: [null] }],
    ['an unknown role', { driver: undefined, stack: [{ driver: '/a.js', role: 'boss' }] }],
    [
      'two function levels',
      { driver: undefined, stack: [{ driver: '/a.js' }, { driver: '/b.js' }] },
    ],
    [
      'a bus above the bottom',
      { driver: undefined, stack: [{ driver: '/a.js', role: 'bus' }, { driver: '/b.js' }] },
    ],
  ])('refuses %s', (_what, rest) => {
    expect(() => checkDevice(device(rest), 1)).toThrow(
      expect.objectContaining({ code: 'ERR_IRP_OPTION' }) as Error,
    )
  })

  it.each([
    ['no options', null],
    ['no name', { name: undefined }],
    ['an empty name', { name: '' }],
    ['a relative path', { driver: './a.js' }],
    ['parameters that are no object', { parameters: 5 }],
    ['no driver', { driver: undefined }],
    ['a worker that is not there', { worker: 1 }],
    ['a worker that is no number', { worker: '0' }],
  ])('refuses %s', (_what, rest) => {
    const options = rest === null ? (null as unknown as DeviceOptions) : device(rest)
    expect(() => checkDevice(options, 1)).toThrow(
      expect.objectContaining({ code: 'ERR_IRP_OPTION' }),
    )
  })
})
