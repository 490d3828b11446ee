/**
 * tick-frames.ts: one tick of one thread: what was on the stack, and to which layer its time goes.
 *
 * Runs on: the main thread of the command.
 *
 * Rules, in this order:
 *   asleep (Atomics.wait, an idle event loop, a waiting system call)   parked
 *   the collector, the compiler, the log                               gc, compile, profiler
 *   machine code of a JavaScript function, or a builtin it calls       the layer of that function's file
 *   anything else                                                      native
 * A builtin (a property load, a Math function) does its caller's work; C++ and system calls are a cost of
 * their own and say so.
 */
import { functionsAt } from './inlined-frames.js'
import type { FunctionPlace, FunctionPlaces, Layer } from './layer.js'
import {
  VM_ATOMICS_WAIT,
  VM_BYTECODE_COMPILER,
  VM_COMPILER,
  VM_GC,
  VM_IDLE,
  VM_JS,
  VM_LOGGING,
  VM_PARSER,
} from './v8-log.js'
import type { CodeEntry, Tick, V8Profile } from './v8-log.js'

/** System calls that only wait, as symbols of the C library. */
const WAITING =
  /^_*(epoll_p?wait2?|p?poll|p?select|kevent|futex\w*|pthread_cond_(timed)?wait|sem_(timed)?wait|nanosleep|clock_nanosleep)(@|$)/

const WHOLE_STATES: Readonly<Record<number, readonly [layer: Layer, leaf: string]>> = {
  [VM_GC]: ['gc', '(garbage collection)'],
  [VM_PARSER]: ['compile', '(parse)'],
  [VM_BYTECODE_COMPILER]: ['compile', '(compile to bytecode)'],
  [VM_COMPILER]: ['compile', '(optimize)'],
  [VM_LOGGING]: ['profiler', '(write the log)'],
}

/** What one tick says. */
export interface TickFrames {
  readonly layer: Layer
  /** Outermost first. The last one is what was running. */
  readonly stack: readonly FunctionPlace[]
}

/** Explains the ticks of one thread's log. */
export class TickReader {
  readonly #profile: V8Profile
  readonly #places: FunctionPlaces

  constructor(profile: V8Profile, places: FunctionPlaces) {
    this.#profile = profile
    this.#places = places
  }

  read(tick: Tick): TickFrames {
    const stack = this.#functionsOf(tick)
    const top = this.#topOf(tick)
    if (isParked(tick.vm, top)) return { layer: 'parked', stack }
    const whole = WHOLE_STATES[tick.vm]
    if (whole !== undefined) return withLeaf(stack, whole[1], whole[0])
    const caller = stack.at(-1)
    if (top?.type === 'JS' && caller !== undefined) return { layer: caller.layer, stack }
    const runsBuiltin = top === undefined ? this.#mayBeBuiltin(tick) : top.type === 'CODE'
    if (!runsBuiltin || caller === undefined) return withLeaf(stack, nativeName(top), 'native')
    // A bytecode handler is the interpreter at work on the function itself: no frame of its own.
    if (top?.kind === 'BytecodeHandler') return { layer: caller.layer, stack }
    return withLeaf(stack, `(${top?.name ?? 'builtin'})`, caller.layer)
  }

  /** What was running; undefined when nobody knows. */
  #topOf({ vm, s }: Tick): CodeEntry | undefined {
    const { code, builtinAt } = this.#profile
    return code[s[0] ?? -1] ?? (vm === VM_JS ? builtinAt?.(s[1] ?? 0) : undefined)
  }

  /** Without names for builtins, whatever runs in JavaScript's state and is unknown is taken for one. */
  #mayBeBuiltin({ vm }: Tick): boolean {
    return vm === VM_JS && this.#profile.builtinAt === undefined
  }

  /** The JavaScript functions on the stack, those that were inlined included, outermost first. */
  #functionsOf({ s }: Tick): FunctionPlace[] {
    const { code, functions } = this.#profile
    const stack: FunctionPlace[] = []
    for (let i = s.length - 2; i >= 0; i -= 2) {
      const entry = code[s[i]!]
      if (entry?.type !== 'JS') continue
      for (const fn of functionsAt(entry, s[i + 1]!, i > 0)) {
        const place = this.#places.of(functions[fn]!.name)
        stack.push(stack.at(-1)?.layer === 'idle' ? this.#places.asIdle(place) : place)
      }
    }
    return stack
  }
}

function isParked(vm: number, top: CodeEntry | undefined): boolean {
  if (vm === VM_ATOMICS_WAIT || vm === VM_IDLE) return true
  return top?.type === 'CPP' && WAITING.test(top.name)
}

/** What is no JavaScript has no place of its own: the caller says whose need it was. */
function withLeaf(stack: readonly FunctionPlace[], name: string, layer: Layer): TickFrames {
  const caller = stack.at(-1)
  const place = caller === undefined ? '' : `called by ${caller.name}`
  return { layer, stack: [...stack, { name, place, layer }] }
}

/** `pthread_cond_signal@@GLIBC_2.3.2` without its version, a library without its folders. */
function nativeName(top: CodeEntry | undefined): string {
  if (top === undefined) return '(native)'
  if (top.type !== 'SHARED_LIB') return top.name.replace(/@.*/, '')
  return `(in ${top.name.split(/[\\/]/).at(-1)})`
}
