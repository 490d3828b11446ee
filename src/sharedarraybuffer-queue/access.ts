/**
 * The access port: the only place where shared memory is touched.
 * Runs on: any thread.
 *
 * `load` … `notify` are sequentially consistent (Atomics). `read` and `write` are plain, and only for
 * words that a protocol hands over: written before the publish that covers them, read after observing it.
 * The module is bound at build time, so that a model checker can put a stepping one in its place.
 */

/** Sequentially consistent load. ~10 ns: once a batch, not once an item. */
export function load(words: Int32Array, index: number): number {
  return Atomics.load(words, index)
}

/** Sequentially consistent store. */
export function store(words: Int32Array, index: number, value: number): void {
  Atomics.store(words, index, value)
}

/** Sequentially consistent add; returns the value before. */
export function add(words: Int32Array, index: number, value: number): number {
  return Atomics.add(words, index, value)
}

/** Sequentially consistent exchange; returns the value before. */
export function exchange(words: Int32Array, index: number, value: number): number {
  return Atomics.exchange(words, index, value)
}

/** Sequentially consistent compare-exchange; returns the value before. */
export function compareExchange(
  words: Int32Array,
  index: number,
  expected: number,
  value: number,
): number {
  return Atomics.compareExchange(words, index, expected, value)
}

/** Blocks this thread while the word holds `expected`, at most `timeoutMs`. True unless it timed out. */
export function wait(
  words: Int32Array,
  index: number,
  expected: number,
  timeoutMs: number,
): boolean {
  return Atomics.wait(words, index, expected, timeoutMs) !== 'timed-out'
}

/** Calls `wake` from this thread's event loop once the word has moved away from `expected`. */
export function waitOnEventLoop(
  words: Int32Array,
  index: number,
  expected: number,
  wake: () => void,
): void {
  const result = Atomics.waitAsync(words, index, expected)
  if (result.async) void result.value.then(wake)
  else wake()
}

/** Wakes every waiter of the word: waking one only can be lost on a thread that is being terminated. */
export function notify(words: Int32Array, index: number): void {
  Atomics.notify(words, index)
}

/** Plain read of a word that was handed over. */
export function read(words: Int32Array, index: number): number {
  return words[index] as number
}

/** Plain write of a word that is about to be handed over. */
export function write(words: Int32Array, index: number, value: number): void {
  words[index] = value
}

/**
 * A breath for the other hardware thread of a core, in a spin loop: the processor's own hint where there is
 * one (Node 24 has Atomics.pause), else a short chain of multiplications, each of which must wait for the
 * one before and so leaves the execution units to others. About 20 ns.
 */
export const pause: () => void = (Atomics as { pause?: () => void }).pause?.bind(Atomics) ?? breathe

const CHAIN = 24
let link = 1

function breathe(): void {
  let value = link
  for (let i = 0; i < CHAIN; i++) value = Math.imul(value, 0x9e3779b1)
  link = value
}
