/**
 * Recorded access: the access port with a list of what was touched, in order. For tests of the order in which
 * a protocol touches shared memory: `vi.mock` of the access port, with `recordedAccess` of the original.
 * Runs on: the test's own thread.
 */
import type * as Access from '../../src/sharedarraybuffer-queue/access.js'

let recorded: string[] | undefined
let watched: ArrayBufferLike | undefined
let before: (() => void) | undefined

/** From now on accesses to the memory of `words` are listed, as `store 32`. The list grows as they happen. */
export function startRecording(words: Int32Array): string[] {
  recorded = []
  watched = words.buffer
  return recorded
}

export function stopRecording(): void {
  recorded = undefined
  watched = undefined
  before = undefined
}

/** From now on `callback` is called before every access to the memory of `words`. */
export function beforeEachAccess(words: Int32Array, callback: () => void): void {
  watched = words.buffer
  before = callback
}

/** Enters a mark of the test's own between the accesses. */
export function mark(text: string): void {
  recorded?.push(text)
}

function note(what: string, words: Int32Array, index: number): void {
  if (words.buffer !== watched) return
  recorded?.push(`${what} ${index}`)
  before?.()
}

/** The port, recording. */
export function recordedAccess(access: typeof Access): typeof Access {
  return {
    ...access,
    load(words, index) {
      note('load', words, index)
      return access.load(words, index)
    },
    store(words, index, value) {
      note('store', words, index)
      access.store(words, index, value)
    },
    add(words, index, value) {
      note('add', words, index)
      return access.add(words, index, value)
    },
    notify(words, index) {
      note('notify', words, index)
      access.notify(words, index)
    },
    read(words, index) {
      note('read', words, index)
      return access.read(words, index)
    },
    write(words, index, value) {
      note('write', words, index)
      access.write(words, index, value)
    },
  }
}
