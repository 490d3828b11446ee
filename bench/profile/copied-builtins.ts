/**
 * copied-builtins.ts: names for addresses in V8's builtins, where these run from a copy.
 *
 * Runs on: the main thread of the command.
 *
 * V8 copies its embedded builtins to the end of each isolate's code range, so that compiled code reaches them by
 * short calls, but logs only where the originals are. `node --prof-process` knows nothing of the copy; without
 * it every Atomics.load of a profile is an unknown address. Both ends are in the log: the originals' addresses
 * and the start of the code range. The size of the range is not, so the usual ones are tried, and a guess is only
 * believed if it explains nearly all of the unknown addresses.
 */
import type { CodeEntry } from './v8-log.js'

const CODE_RANGE_SIZES = [512, 256, 128, 64].map((megabytes) => megabytes * 2 ** 20)
/** The copy takes whole pages of V8's heap. */
const PAGE_BYTES = 2 ** 18
const BELIEVED_SHARE = 0.9

const BUILTIN_LINE =
  /^code-creation,(Builtin|BytecodeHandler),\d+,\d+,0x([0-9a-f]+),(\d+),([^,\n]+)/gm
const CODE_RANGE_LINE = /^new,CodeRange,0x([0-9a-f]+),/m

interface Builtin {
  readonly code: CodeEntry
  readonly start: number
  readonly size: number
}

/** Finds the builtin that an address belongs to, in the copy or among the originals; undefined where it is none. */
export type BuiltinLookup = (address: number) => CodeEntry | undefined

/** `log`: the raw log; `addresses`: what is to be explained, to tell a good guess from a bad one. */
export function copiedBuiltins(log: string, addresses: readonly number[]): BuiltinLookup {
  const originals = readOriginals(log)
  const range = CODE_RANGE_LINE.exec(log)?.[1]
  const original: BuiltinLookup = (address) => builtinAt(originals, address)
  if (originals.length === 0 || range === undefined) return original
  const first = originals[0]!.start
  const last = originals.at(-1)!
  const copyBytes = Math.ceil((last.start + last.size - first) / PAGE_BYTES) * PAGE_BYTES
  const rangeStart = Number.parseInt(range, 16)
  for (const rangeBytes of CODE_RANGE_SIZES) {
    const moved = rangeStart + rangeBytes - copyBytes - first
    const copied: BuiltinLookup = (address) => builtinAt(originals, address - moved)
    const inRange = addresses.filter((at) => at >= rangeStart && at < rangeStart + rangeBytes)
    const explained = inRange.filter((at) => copied(at) !== undefined)
    if (explained.length > 0 && explained.length >= BELIEVED_SHARE * inRange.length) {
      return (address) => original(address) ?? copied(address)
    }
  }
  return original
}

function readOriginals(log: string): Builtin[] {
  const builtins = [...log.matchAll(BUILTIN_LINE)].map(([, kind, start, size, name]) => ({
    code: { name: name!, type: 'CODE' as const, kind: kind! },
    start: Number.parseInt(start!, 16),
    size: Number(size),
  }))
  return builtins.sort((left, right) => left.start - right.start)
}

function builtinAt(builtins: readonly Builtin[], address: number): CodeEntry | undefined {
  let low = 0
  let high = builtins.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (builtins[middle]!.start <= address) low = middle + 1
    else high = middle
  }
  const found = builtins[low - 1]
  return found !== undefined && address < found.start + found.size ? found.code : undefined
}
