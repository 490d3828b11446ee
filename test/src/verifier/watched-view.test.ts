/** A view that tells of its reads is a Uint8Array in everything else. */
import { expect, it } from 'vitest'
import { WatchedView } from '../../../src/verifier/watched-view.js'

function rig(): { view: Uint8Array; reads: () => number } {
  let reads = 0
  const bytes = Uint8Array.from({ length: 16 }, (_, i) => i).subarray(4, 12)
  return { view: new WatchedView(bytes, () => reads++), reads: () => reads }
}

it.each<[string, (view: Uint8Array) => unknown, unknown]>([
  ['at', (view) => view.at(-1), 11],
  ['slice', (view) => view.slice(0, 2), Uint8Array.of(4, 5)],
  ['subarray', (view) => view.subarray(6)[1], 11],
  ['indexOf', (view) => view.indexOf(6), 2],
  ['an iterator', (view) => [...view][7], 11],
  ['map', (view) => view.map((byte) => byte * 2)[0], 8],
  ['buffer', (view) => new Uint8Array(view.buffer, view.byteOffset)[0], 4],
  ['text', (view) => view.subarray(0, 2).toString(), '4,5'],
])('tells of %s, and answers as a Uint8Array does', (_name, read, answer) => {
  const { view, reads } = rig()
  expect(read(view)).toEqual(answer)
  expect(reads()).toBeGreaterThan(0)
})

it('tells of a part’s reads, too; copies are nobody’s business', () => {
  const { view, reads } = rig()
  const [part, copy] = [view.subarray(2), view.slice()]
  const before = reads()
  copy.indexOf(1)
  expect(copy).not.toBeInstanceOf(WatchedView)
  expect(reads()).toBe(before)
  part.indexOf(1)
  expect(reads()).toBe(before + 1)
})

it('says nothing of what does not read', () => {
  const { view, reads } = rig()
  view.fill(1)
  view.set([1, 2])
  view[0] = 3
  expect([view.length, view.byteLength, view.byteOffset, view instanceof Uint8Array]).toEqual([
    8,
    8,
    4,
    true,
  ])
  expect(reads()).toBe(0)
})

it('is what native code takes for a Uint8Array', () => {
  const { view } = rig()
  const target = new Uint8Array(8)
  target.set(view)
  expect(target[7]).toBe(11)
  expect(Buffer.compare(view, target)).toBe(0)
  expect(Buffer.concat([view]).length).toBe(8)
  expect(structuredClone(view)).toHaveLength(8)
})
