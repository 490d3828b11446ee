/**
 * Options of an engine, a channel and a device, with their defaults and limits. Runs on: main.
 */
import { availableParallelism } from 'node:os'
import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { MAX_TIMER_MS } from '../abi/timer-limit.js'
import type { DeviceRole } from '../irp/device-description.js'
import { MAX_WORKERS } from '../irp/slot-table.js'
import { IDLE_STRATEGIES, type IdleStrategyName } from '../sharedarraybuffer-queue/idle-strategy.js'
import type { StopOptions } from './engine-events.js'
import type { VerifierOptions } from './verifier-options.js'
import type { WorkerResourceLimits } from '../workers/worker-threads.js'
import { EngineError } from './errors.js'

/** One level of a device stack: a (driver, Framework) pair. */
export interface LevelOptions {
  /** The driver module: a URL (`new URL('./my-driver.js', import.meta.url)`), its text, or an absolute path. */
  readonly driver: URL | string
  /** Plain data for the driver: `deviceInit.parameters`. */
  readonly parameters?: Readonly<Record<string, unknown>>
  /** `function` (default): the device's own driver; `filter`: above or below it; `bus`: at the bottom. */
  readonly role?: DeviceRole
}

export interface DeviceOptions extends Partial<LevelOptions> {
  /** What `open` takes. */
  readonly name: string
  /**
   * What simulated hardware gave: `hardware.resources`, for the function driver (of a stack, the lowest level with this
   * role). The device then lives on the lines' worker.
   */
  readonly hardware?: object
  /** A stack of several drivers, top to bottom, instead of `driver`. All of it lives on the home worker. */
  readonly stack?: readonly LevelOptions[]
  /** Home worker. Default: the workers in turn. */
  readonly worker?: number
}

export interface ChannelOptions {
  /** Requests that can be in flight; a power of two from 1 to 65,536. Default 1024. */
  readonly slots?: number
  /** Bytes for buffers; a power of two from 4 KiB to 1 GiB. Default 4 MiB. */
  readonly bufferBytes?: number
  /** Calls of the promise API in flight at which `needDrain` becomes true, 1 to `slots`. Default: `slots`. */
  readonly highWaterMark?: number
  /** Calls in flight at which `drain` is emitted then, below `highWaterMark`. Default: half of it. */
  readonly lowWaterMark?: number
}

/** What a host does in `channel.wait` while there is nothing. */
export type HostWaitStrategy = Exclude<IdleStrategyName, 'event-loop'>

export interface EngineOptions extends ChannelOptions {
  /** Framework workers. Default: one less than the processor's threads, at least 1. */
  readonly workers?: number
  readonly devices?: readonly DeviceOptions[]
  /** What an idle worker does; default `adaptive`: spin a little, then park. */
  readonly waitStrategy?: IdleStrategyName
  readonly resourceLimits?: WorkerResourceLimits
  /** Emit `deviceStateChange` for every state that a device's machines enter. Default false. */
  readonly stateEvents?: boolean
  /**
   * Check what drivers do against KMDF's rules, as KMDF Verifier: `violation` events tell of it. Default false, or
   * true where the environment variable IRPOOL_VERIFIER says so (1, `report`, `throw` or `failDevice`).
   */
  readonly verifier?: boolean | VerifierOptions
  /** What becomes of workers that die. */
  readonly restart?: RestartOptions
  /**
   * A worker whose thread shows no sign of life for so long (a handler that never returns) is ended, and
   * replaced like one that died. Milliseconds, from 100; Infinity: never. Default 60,000, as KMDF's watchdog.
   */
  readonly watchdogMs?: number
  /**
   * An asynchronous callback of adding, starting, powering or removing a device, whose promise has not settled after
   * that time, has failed: STATUS_IO_TIMEOUT, or ERR_IRP_DEVICE_ADD. Milliseconds, from 1; Infinity: wait. Default
   * 60,000. (A module's top-level await has as long, and 60,000 at least.)
   */
  readonly callbackTimeoutMs?: number
}

export interface RestartOptions {
  /** A worker that dies more often than this within `windowMs` is given up. Default 8; 0: never restart. */
  readonly maxDeaths?: number
  /** Default 10,000. */
  readonly windowMs?: number
  /** Before the second restart within the window; doubled for each further one, up to 5 s. Default 50. */
  readonly backoffMs?: number
  /**
   * A device that is not started again on its successor after that time is lost (`deviceLost`); the other devices go
   * on. Milliseconds, from 1; Infinity: wait. Default 120,000, twice what one callback may take.
   */
  readonly startTimeoutMs?: number
}

const MAX_LEVELS = 32
const ROLES: readonly string[] = ['filter', 'function', 'bus']
const MAX_SLOTS = 65536
const MIN_BUFFER_BYTES = 4096
const MAX_BUFFER_BYTES = 2 ** 30
const STRATEGIES: readonly string[] = IDLE_STRATEGIES

/** Workers and one host outnumber the processors. */
export function isCrowded(workers: number): boolean {
  return workers + 1 > availableParallelism()
}

/** Empty polls before a worker parks: short when the threads outnumber the cores they need. */
export function spinsFor(workers: number): number {
  return isCrowded(workers) ? 200 : 4000
}

/** What holds of the options as a whole; each of them has a check of its own. */
export function checkEngineOptions(options: EngineOptions): void {
  checkObject('options', options)
  const { devices, resourceLimits } = options
  if (devices !== undefined && !Array.isArray(devices)) refuse('devices', devices, 'a list')
  if (resourceLimits === undefined) return
  checkObject('resourceLimits', resourceLimits)
  for (const [name, value] of Object.entries(resourceLimits) as [string, unknown][]) {
    // Node takes anything, ignores what is no number, and may end the process for a negative one.
    if (!(Number.isFinite(value) && (value as number) > 0)) {
      refuse(`resourceLimits.${name}`, value, 'a number of megabytes above 0')
    }
  }
}

/** Milliseconds that a stop leaves to what has been accepted. */
export function checkStop(options: StopOptions): number {
  checkObject('options', options)
  const { timeoutMs = 5000 } = options
  if (!(typeof timeoutMs === 'number' && timeoutMs >= 0)) {
    refuse('timeoutMs', timeoutMs, 'a number of milliseconds from 0')
  }
  return timeoutMs
}

export function checkChannelOptions(options: ChannelOptions): Required<ChannelOptions> {
  checkObject('options', options)
  const { slots = 1024, bufferBytes = 4 << 20 } = options
  checkPowerOfTwo('slots', slots, 1, MAX_SLOTS)
  checkPowerOfTwo('bufferBytes', bufferBytes, MIN_BUFFER_BYTES, MAX_BUFFER_BYTES)
  const { highWaterMark = slots, lowWaterMark = highWaterMark >> 1 } = options
  if (!(Number.isInteger(highWaterMark) && highWaterMark >= 1 && highWaterMark <= slots)) {
    refuse('highWaterMark', highWaterMark, `a whole number from 1 to ${slots}, the slots`)
  }
  if (!(Number.isInteger(lowWaterMark) && lowWaterMark >= 0 && lowWaterMark < highWaterMark)) {
    refuse('lowWaterMark', lowWaterMark, `a whole number from 0 to ${highWaterMark - 1}`)
  }
  return { slots, bufferBytes, highWaterMark, lowWaterMark }
}

export function checkWorkers(workers = Math.max(1, availableParallelism() - 1)): number {
  if (!Number.isInteger(workers) || workers < 1 || workers > MAX_WORKERS) {
    refuse('workers', workers, `a whole number from 1 to ${MAX_WORKERS}`)
  }
  return workers
}

export function checkWorkerIndex(worker: number, workers: number): void {
  if (!(Number.isInteger(worker) && worker >= 0 && worker < workers)) {
    refuse('worker', worker, `a whole number from 0 to ${workers - 1}`)
  }
}

export function checkWaitStrategy(name: IdleStrategyName = 'adaptive'): IdleStrategyName {
  if (!STRATEGIES.includes(name)) refuse('waitStrategy', name, `one of ${STRATEGIES.join(', ')}`)
  return name
}

export function checkHostWaitStrategy(name: HostWaitStrategy): HostWaitStrategy {
  const strategies = STRATEGIES.filter((strategy) => strategy !== 'event-loop')
  if (!strategies.includes(name)) refuse('waitStrategy', name, `one of ${strategies.join(', ')}`)
  return name
}

export function checkRestart(options: RestartOptions = {}): Required<RestartOptions> {
  checkObject('restart', options)
  const { maxDeaths = 8, windowMs = 10_000, backoffMs = 50, startTimeoutMs = 120_000 } = options
  if (!(Number.isInteger(maxDeaths) && maxDeaths >= 0)) {
    refuse('restart.maxDeaths', maxDeaths, 'a whole number from 0')
  }
  for (const [name, value] of Object.entries({ windowMs, backoffMs })) {
    if (!(Number.isFinite(value) && value >= 0)) {
      refuse(`restart.${name}`, value, 'a number of milliseconds from 0')
    }
  }
  if (!(startTimeoutMs === Infinity || (startTimeoutMs >= 1 && startTimeoutMs <= MAX_TIMER_MS))) {
    const allowed = `a number of milliseconds from 1 to ${MAX_TIMER_MS}, or Infinity`
    refuse('restart.startTimeoutMs', startTimeoutMs, allowed)
  }
  return { maxDeaths, windowMs, backoffMs, startTimeoutMs }
}

export function checkWatchdog(watchdogMs = 60_000): number {
  if (!(typeof watchdogMs === 'number' && watchdogMs >= 100)) {
    refuse('watchdogMs', watchdogMs, 'a number of milliseconds from 100, or Infinity')
  }
  return watchdogMs
}

export function checkCallbackTimeout(callbackTimeoutMs = 60_000): number {
  if (!(typeof callbackTimeoutMs === 'number' && callbackTimeoutMs >= 1)) {
    refuse('callbackTimeoutMs', callbackTimeoutMs, 'a number of milliseconds from 1, or Infinity')
  }
  return callbackTimeoutMs
}

/** A level as it goes to a worker, without its number. */
export interface CheckedLevel {
  readonly driver: string
  readonly role: DeviceRole
  readonly parameters: Readonly<Record<string, unknown>>
}

/** The levels of the device's stack, top to bottom. */
export function checkDevice(options: DeviceOptions, workers: number): CheckedLevel[] {
  checkObject('device', options)
  const { name, driver, stack, worker } = options
  if (typeof name !== 'string' || name === '') refuse('device name', name, 'a non-empty string')
  if (worker !== undefined) checkWorkerIndex(worker, workers)
  if (stack === undefined) return [checkLevel(name, options)]
  if (driver !== undefined) refuse(`driver of device ${name}`, driver, 'allowed beside a stack')
  if (!Array.isArray(stack) || stack.length === 0 || stack.length > MAX_LEVELS) {
    refuse(`stack of device ${name}`, stack, `a list of 1 to ${MAX_LEVELS} levels, top to bottom`)
  }
  const levels = stack.map((level: LevelOptions) => checkLevel(name, level))
  checkRoles(name, levels)
  return levels
}

function checkRoles(name: string, levels: readonly CheckedLevel[]): void {
  const roles = levels.map(({ role }) => role)
  const functions = roles.filter((role) => role === 'function').length
  const lowestBus = roles.indexOf('bus')
  if (functions > 1 || (lowestBus >= 0 && lowestBus !== roles.length - 1)) {
    const allowed = 'filters round at most one function level, and a bus only at the bottom'
    refuse(`stack of device ${name}`, roles.join(', '), allowed)
  }
}

function checkLevel(name: string, level: Partial<LevelOptions>): CheckedLevel {
  if (typeof level !== 'object' || level === null) {
    refuse(`level of device ${name}`, level, 'an object with a driver')
  }
  const { role = 'function', parameters = {} } = level
  checkObject(`parameters of device ${name}`, parameters)
  if (!ROLES.includes(role)) refuse(`role in device ${name}`, role, `one of ${ROLES.join(', ')}`)
  return {
    driver: checkDriver(name, level.driver),
    role,
    parameters: checkCloneable(name, parameters),
  }
}

function checkCloneable<T>(name: string, parameters: T): T {
  try {
    return structuredClone(parameters)
  } catch (cause) {
    throw new EngineError(
      'ERR_IRP_OPTION',
      `parameters of device "${name}" cannot go to another thread: ${(cause as Error).message}`,
      parameters,
      cause,
    )
  }
}

function checkDriver(name: string, driver: unknown): string {
  if (driver instanceof URL) return driver.href
  if (typeof driver === 'string') {
    if (isAbsolute(driver)) return pathToFileURL(driver).href
    if (URL.canParse(driver)) return driver
  }
  return refuse(
    `driver of device ${name}`,
    driver,
    "a URL such as new URL('./my-driver.js', import.meta.url), or an absolute path",
  )
}

export function checkObject(option: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) refuse(option, value, 'an object')
}

function checkPowerOfTwo(option: string, value: number, min: number, max: number): void {
  const isPowerOfTwo = Number.isInteger(value) && value > 0 && (value & (value - 1)) === 0
  if (!isPowerOfTwo || value < min || value > max) {
    refuse(option, value, `a power of two from ${min} to ${max}`)
  }
}

export function refuse(option: string, value: unknown, allowed: string): never {
  throw new EngineError(
    'ERR_IRP_OPTION',
    `${option}: ${typeof value === 'string' ? JSON.stringify(value) : String(value)} is not ${allowed}`,
    value,
  )
}
