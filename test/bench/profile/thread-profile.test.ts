import { describe, expect, it } from 'vitest'
import type { CallNode } from '../../../bench/profile/call-tree.js'
import { TickReader } from '../../../bench/profile/tick-frames.js'
import { profileThread } from '../../../bench/profile/thread-profile.js'
import type { CodeEntry, Tick, V8Profile } from '../../../bench/profile/v8-log.js'
import { recordedPlaces, recordedWorker, RECORDED_ROOT } from './fixtures/recorded.js'

const FUNCTIONS = [
  { name: `turns ${RECORDED_ROOT}src/workers/worker-loop.js:9:1` },
  { name: `idle ${RECORDED_ROOT}src/sharedarraybuffer-queue/idle-strategy.js:9:1` },
  { name: `breathe ${RECORDED_ROOT}src/sharedarraybuffer-queue/access.js:9:1` },
]
const CODE: CodeEntry[] = [
  { name: 'turns', type: 'JS', kind: 'Opt', func: 0 },
  { name: 'idle', type: 'JS', kind: 'Opt', func: 1 },
  { name: 'breathe', type: 'JS', kind: 'Opt', func: 2 },
  { name: 'MathSqrt', type: 'CODE', kind: 'Builtin' },
  { name: 'AddHandler', type: 'CODE', kind: 'BytecodeHandler' },
  { name: 'pthread_cond_signal@@GLIBC_2.3.2', type: 'CPP' },
  { name: 'epoll_pwait@@GLIBC_2.6', type: 'CPP' },
  { name: '/lib/libc.so.6', type: 'SHARED_LIB' },
]
const PROFILE: V8Profile = { code: CODE, functions: FUNCTIONS, ticks: [], scripts: [] }

function builtinAt(address: number): CodeEntry | undefined {
  return address === 64 ? { name: 'AtomicsLoad', type: 'CODE', kind: 'Builtin' } : undefined
}

/** `stack`: indexes into CODE, innermost first; -1 is an unknown address. */
function readTick(vm: number, ...stack: number[]) {
  const tick: Tick = { tm: 0, vm, s: stack.flatMap((index) => [index, 64]) }
  const { layer, stack: frames } = new TickReader(PROFILE, recordedPlaces()).read(tick)
  return [layer, ...frames.map(({ name }) => name)]
}

describe('TickReader', () => {
  it.each([
    ['code of a function', 0, [0], ['workers', 'turns']],
    ['a builtin that a function calls', 0, [3, 0], ['workers', 'turns', '(MathSqrt)']],
    ['an unknown builtin', 0, [-1, 0], ['workers', 'turns', '(builtin)']],
    ['an interpreted function', 0, [4, 0], ['workers', 'turns']],
    ['what an idle strategy calls', 0, [2, 1, 0], ['idle', 'turns', 'idle', 'breathe']],
    ['the same without one', 0, [2, 0], ['ring', 'turns', 'breathe']],
    ['a system call', 0, [5, 0], ['native', 'turns', 'pthread_cond_signal']],
    ['a library', 5, [7, 0], ['native', 'turns', '(in libc.so.6)']],
    ['a builtin without a caller', 0, [3], ['native', 'MathSqrt']],
    ['an unknown address', 6, [-1], ['native', '(native)']],
    ['the collector', 1, [7, 0], ['gc', 'turns', '(garbage collection)']],
    ['the parser', 2, [-1, 0], ['compile', 'turns', '(parse)']],
    ['the log', 9, [7], ['profiler', '(write the log)']],
    ['Atomics.wait', 7, [7, 0], ['parked', 'turns']],
    ['an idle event loop', 8, [6], ['parked']],
    ['a waiting system call in any other state', 6, [6], ['parked']],
  ])('explains %s', (_what, vm, stack, expected) => {
    expect(readTick(vm, ...stack)).toEqual(expected)
  })

  it('names an unknown builtin where the log lets it', () => {
    const reader = new TickReader({ ...PROFILE, builtinAt }, recordedPlaces())
    const nameOf = (address: number) => reader.read({ tm: 0, vm: 0, s: [-1, address, 0, 64] })
    expect(nameOf(64).stack.at(-1)).toMatchObject({ name: '(AtomicsLoad)', layer: 'workers' })
    expect(nameOf(65)).toMatchObject({ layer: 'native' })
  })

  it('says who called what has no place of its own', () => {
    const tick: Tick = { tm: 0, vm: 0, s: [5, 0, 0, 64] }
    const { stack } = new TickReader(PROFILE, recordedPlaces()).read(tick)
    expect(stack.at(-1)?.place).toBe('called by turns')
  })
})

describe('profileThread, of a recorded log', () => {
  const recorded = recordedWorker()
  const thread = profileThread('worker.log', recorded, recordedPlaces())
  const ticksIn = (...states: number[]) =>
    recorded.ticks.filter(({ vm }) => states.includes(vm)).length

  it('counts every tick once', () => {
    expect(thread.tree.total).toBe(recorded.ticks.length - ticksIn(7, 8))
    expect([...thread.layers.values()].reduce((sum, ticks) => sum + ticks, 0)).toBe(thread.ticks)
    expect(thread.tree.total).toBe(thread.ticks - thread.parked)
    const selves = thread.functions.reduce((sum, { self }) => sum + self, 0)
    expect(selves + thread.tree.self).toBe(thread.tree.total)
  })

  it("takes V8's word for sleep, collection and compilation", () => {
    expect(thread.parked).toBeGreaterThanOrEqual(ticksIn(7, 8))
    expect(thread.layers.get('gc')).toBe(ticksIn(1))
    expect(thread.layers.get('compile')).toBe(ticksIn(2, 3, 4))
  })

  it('finds the layers inside of one piece of optimized code', () => {
    for (const layer of ['ring', 'dispatch', 'handler'] as const) {
      expect(thread.layers.get(layer)).toBeGreaterThan(0)
    }
    expect(thread.layers.has('manager')).toBe(false)
  })

  it('names the thread', () => {
    expect(thread).toMatchObject({ role: 'worker', threadId: 1, log: 'worker.log' })
  })

  it('builds a tree that adds up', () => {
    const check = ({ self, total, children }: CallNode) => {
      expect(children.reduce((sum, child) => sum + child.total, self)).toBe(total)
      children.forEach(check)
    }
    check(thread.tree)
  })
})

function at(ms: number, vm: number): Tick {
  return { tm: ms * 1000, vm, s: [0, 64] }
}

describe('the event loop asleep', () => {
  it('counts by time, since the profiler is deaf meanwhile, and missing ticks are told', () => {
    const ticks = [at(1, 0), at(2, 0), at(52, 8), at(53, 0), at(60, 0)]
    const thread = profileThread('x.log', { ...PROFILE, ticks }, recordedPlaces())
    expect(thread).toMatchObject({ lived: 60, ticks: 54, parked: 50 })
    expect(thread.tree.total).toBe(4)
  })
})
