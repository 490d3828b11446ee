/**
 * inlined-frames.ts: which functions an address in optimized code belongs to.
 *
 * Runs on: the main thread of the command.
 *
 * V8 compiles a hot loop with all it calls into one piece of code, named after the outermost function. The
 * log says of each stretch of that code which inlined function it came from; without looking, a whole
 * worker would seem to be one function.
 */
import type { CodeEntry } from './v8-log.js'

/** `inlined` of code that belongs to the outermost function itself. */
const NOT_INLINED = -1

interface Stretches {
  /** First code offset of each stretch, ascending. */
  readonly starts: readonly number[]
  /** Index into `inlined` of each stretch, or NOT_INLINED. */
  readonly inlined: readonly number[]
  /** Of each inlined function: index into `functions`, and the inlined function that called it. */
  readonly functions: readonly (readonly [fn: number | undefined, caller: number])[]
}

const parsed = new WeakMap<CodeEntry, Stretches>()

/**
 * The indexes into `functions` at `offset` of a function's code, outermost first; the outermost one is the
 * function that the code is named after. `isCaller`: the offset is a return address, which may already belong to
 * what comes after the call.
 */
export function functionsAt(code: CodeEntry, offset: number, isCaller: boolean): number[] {
  if (code.func === undefined) return []
  const { starts, inlined, functions } = stretchesOf(code)
  const at = isCaller ? offset - 1 : offset
  const chain: number[] = []
  let next = inlined[lastAtMost(starts, at)] ?? NOT_INLINED
  while (next !== NOT_INLINED) {
    const [fn, caller] = functions[next]!
    if (fn !== undefined) chain.push(fn)
    // A caller was inlined before what it calls: whatever a log says, this comes to an end.
    next = caller < next ? caller : NOT_INLINED
  }
  chain.push(code.func)
  return chain.reverse()
}

function stretchesOf(code: CodeEntry): Stretches {
  let stretches = parsed.get(code)
  if (stretches === undefined) {
    stretches = parse(code)
    parsed.set(code, stretches)
  }
  return stretches
}

function parse({ source }: CodeEntry): Stretches {
  if (source === undefined || source.inlined === '') {
    return { starts: [], inlined: [], functions: [] }
  }
  const positions = [...source.positions.matchAll(/C(\d+)O\d+(?:I(\d+))?/g)]
  // V8 leaves the function out where it is one of its own, without a script: `FO4147I4`. It counts all the same.
  const functions = [...source.inlined.matchAll(/F(\d*)O-?\d+(?:I(\d+))?/g)]
  return {
    starts: positions.map(([, start]) => Number(start)),
    inlined: positions.map(([, , index]) => indexOf(index)),
    functions: functions.map(([, fn, caller]) => [
      fn === '' ? undefined : source.fns[Number(fn)],
      indexOf(caller),
    ]),
  }
}

function indexOf(text: string | undefined): number {
  return text === undefined ? NOT_INLINED : Number(text)
}

/** Position of the last of ascending values that is not above `limit`; -1 when all are. */
function lastAtMost(ascending: readonly number[], limit: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ascending[middle]! <= limit) low = middle + 1
    else high = middle
  }
  return low - 1
}
