/**
 * Virtual globals: the clock and the timers that the shipped code asks Node for, answered by the simulation for the
 * actor whose code runs. Runs on: the simulation's one thread.
 */
import type { Actor, SimulatedTimer } from './actor.js'
import { port } from './port.js'

/** What Node gives. */
export const real = {
  setTimeout: globalThis.setTimeout,
  setInterval: globalThis.setInterval,
  setImmediate: globalThis.setImmediate,
  clearTimeout: globalThis.clearTimeout,
  now: performance.now.bind(performance),
  nextTick: process.nextTick.bind(process),
  getActiveResourcesInfo: process.getActiveResourcesInfo.bind(process),
}

/** Callbacks of process.nextTick that have not run. */
let ticks = 0
/** Callbacks of process.nextTick that have run. */
let ticked = 0

/**
 * Resolves when every microtask and every tick that there is has run, and those that they made. Much faster than a
 * turn of the event loop; a tick from within a microtask runs when no microtask is left.
 */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    let before = ticked
    const look = (): void => {
      // A tick that has run since the last microtask may have made some more.
      if (ticks === 0 && ticked === before) {
        resolve()
        return
      }
      before = ticked
      queueMicrotask(afterMicrotasks)
    }
    const afterMicrotasks = (): void => real.nextTick(look)
    queueMicrotask(afterMicrotasks)
  })
}

/** Whoever says whose code runs, and what time it is. */
interface Owner {
  readonly nowMs: number
  readonly current: Actor | undefined
  note(what: string): void
}

type Callback = (...args: unknown[]) => void

/** Puts the simulation's clock and timers in the place of Node's; the function it returns puts Node's back. */
export function installGlobals(owner: Owner): () => void {
  const timer =
    (isPeriodic: boolean) =>
    (callback: Callback, ms = 1, ...args: unknown[]): unknown => {
      const { current } = owner
      if (current === undefined) {
        return (isPeriodic ? real.setInterval : real.setTimeout)(callback, ms, ...args)
      }
      return current.addTimer(() => callback(...args), ms, isPeriodic)
    }
  const clear = (given: unknown): void => {
    const { current } = owner
    if (current === undefined) real.clearTimeout(given as NodeJS.Timeout)
    else current.timers.delete(given as SimulatedTimer)
  }
  const replaced: Record<string, unknown> = {
    setTimeout: timer(false),
    setInterval: timer(true),
    clearTimeout: clear,
    clearInterval: clear,
    setImmediate: (callback: Callback, ...args: unknown[]): unknown => {
      const { current } = owner
      if (current === undefined) return real.setImmediate(callback, ...args)
      current.addImmediate(() => callback(...args))
      return undefined
    },
  }
  const before = Object.fromEntries(
    Object.keys(replaced).map((name) => [name, Reflect.get(globalThis, name) as unknown]),
  )
  Object.assign(globalThis, replaced)
  Object.defineProperty(performance, 'now', {
    configurable: true,
    value: () => {
      const { recording } = port
      if (owner.current === undefined) return real.now()
      if (recording === undefined) return owner.nowMs
      if (recording.woken !== undefined) return recording.next()
      recording.results.push(owner.nowMs)
      return owner.nowMs
    },
  })
  process.getActiveResourcesInfo = () => {
    const { current } = owner
    if (current === undefined) return real.getActiveResourcesInfo()
    return Array.from(current.timers, () => 'Timeout')
  }
  const emitWarning = Reflect.get(process, 'emitWarning')
  const nextTick = Reflect.get(process, 'nextTick')
  process.nextTick = (callback: Callback, ...args: unknown[]): void => {
    ticks++
    real.nextTick(() => {
      ticks--
      ticked++
      callback(...args)
    })
  }
  process.emitWarning = (warning: string | Error) => owner.note(`warning: ${String(warning)}`)
  return () => {
    process.emitWarning = emitWarning
    process.nextTick = nextTick
    Object.assign(globalThis, before)
    Reflect.deleteProperty(performance, 'now')
    process.getActiveResourcesInfo = real.getActiveResourcesInfo
  }
}
