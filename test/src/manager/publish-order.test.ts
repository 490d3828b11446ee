/**
 * Litmus of one request's whole way, on one thread: which side touches which word in which order. Right on every
 * processor means: plain words of a record are written before the store that hands them over, and read
 * after the load that saw it; a handler runs after its mark; a bell is looked at after publishing.
 */
import { beforeEach, expect, it, vi } from 'vitest'
import { IRP_CANCEL, IRP_SLOT_WORDS } from '../../../src/abi/irp-layout.js'
import { DOORBELL_STATE } from '../../../src/abi/doorbell-layout.js'
import { RING_HEAD, RING_SLOTS, RING_TAIL } from '../../../src/abi/ring-layout.js'
import { queueDriver } from '../../harness/inline-driver.js'
import { mark, startRecording, stopRecording } from '../../harness/recorded-access.js'
import { Requester } from '../../harness/requester.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

vi.mock(import('../../../src/sharedarraybuffer-queue/access.js'), async (original) => {
  const { recordedAccess } = await import('../../harness/recorded-access.js')
  return recordedAccess(await original())
})

let engine: SteppedEngine
let requester: Requester

beforeEach(async () => {
  stopRecording()
  engine = new SteppedEngine({ slots: 4 })
  await engine.addDevice(
    queueDriver({
      dispatchType: 'sequential',
      defaultQueue: true,
      EvtIoRead(_queue, request, length) {
        mark('handler')
        request.completeWithInformation(0, length)
      },
    }),
  )
  requester = new Requester(engine)
})

/** Names the words of the one channel: `write slot 3`, `store submission tail`. */
function named(accesses: readonly string[]): string[] {
  const { memory } = engine
  const sq = memory.submissionRing(0)
  const cq = memory.completionRing(0)
  const pieces: [start: number, end: number, name: string][] = [
    [sq + RING_TAIL, sq + RING_TAIL + 1, 'submission tail'],
    [sq + RING_HEAD, sq + RING_HEAD + 1, 'submission head'],
    [sq + RING_SLOTS, cq, 'submission entry'],
    [cq + RING_TAIL, cq + RING_TAIL + 1, 'completion tail'],
    [cq + RING_HEAD, cq + RING_HEAD + 1, 'completion head'],
    [cq + RING_SLOTS, memory.resultsWord(0), 'completion entry'],
    [memory.resultsWord(0), memory.presentedWord(0), 'result'],
    [memory.presentedWord(0), memory.slotWord(0), 'mark'],
    [memory.slotWord(0), memory.slotWord(4), 'slot'],
    [memory.incarnationWord(0), memory.incarnationWord(0) + 1, 'incarnation'],
    [memory.doorbell() + DOORBELL_STATE, memory.doorbell() + DOORBELL_STATE + 1, 'host bell'],
  ]
  return accesses.map((access) => {
    const [what, at] = access.split(' ')
    if (at === undefined) return access
    const piece = pieces.find(([start, end]) => Number(at) >= start && Number(at) < end)
    if (piece === undefined) return access
    if (piece[2] !== 'slot') return `${what} ${piece[2]}`
    const word = (Number(at) - memory.slotWord(0)) % IRP_SLOT_WORDS
    return `${what} ${word === IRP_CANCEL ? 'cancel word' : 'slot'}`
  })
}

/** The accesses of an action, named. */
function accessesOf(action: () => void): string[] {
  const accesses = startRecording(engine.memory.words)
  action()
  stopRecording()
  return named(accesses)
}
const first = (list: string[], what: string) => list.indexOf(what)
const last = (list: string[], what: string) => list.lastIndexOf(what)
function expectOrder(list: string[], ...order: [what: string, at: number][]): void {
  for (const [i, [what, at]] of order.entries()) {
    expect(at, `${what} in ${list.join(', ')}`).toBeGreaterThan(order[i - 1]?.[1] ?? -1)
  }
}

it('the host writes slots and entries, then the tail, once', () => {
  const list = accessesOf(() => {
    requester.read(1)
    requester.read(2)
    engine.channel.submit()
  })
  expect(list.filter((access) => access === 'store submission tail')).toHaveLength(1)
  expectOrder(
    list,
    ['write slot', Math.max(last(list, 'write slot'), last(list, 'write submission entry'))],
    ['store submission tail', first(list, 'store submission tail')],
  )
  expect(list.filter((access) => access.startsWith('write slot')).length).toBeGreaterThanOrEqual(12)
  expect(list).not.toContain('write result')
})

it('the worker loads the tail, reads entry and slot, marks, handles, writes the result, then its tail', () => {
  requester.read(1)
  engine.channel.submit()
  const list = accessesOf(() => engine.step())
  expectOrder(
    list,
    ['load submission tail', first(list, 'load submission tail')],
    ['read submission entry', first(list, 'read submission entry')],
    ['read slot', first(list, 'read slot')],
    ['write mark', first(list, 'write mark')],
    ['handler', first(list, 'handler')],
    [
      'result and entry',
      Math.max(last(list, 'write result'), last(list, 'write completion entry')),
    ],
    ['store completion tail', first(list, 'store completion tail')],
    ['load host bell', first(list, 'load host bell')],
  )
  expect(list.filter((access) => access.startsWith('write'))).toEqual([
    'write mark',
    'write completion entry',
    'write result',
    'write result',
  ])
  expect(list.filter((access) => access === 'store completion tail')).toHaveLength(1)
})

it('the host loads the tail, reads entries and results, then frees their places', () => {
  requester.read(1)
  requester.read(2)
  engine.channel.submit()
  engine.step()
  const list = accessesOf(() => void engine.reap())
  expectOrder(
    list,
    ['load completion tail', first(list, 'load completion tail')],
    [
      'entry and result',
      Math.min(first(list, 'read completion entry'), first(list, 'read result')),
    ],
    ['the last', Math.max(last(list, 'read completion entry'), last(list, 'read result'))],
    ['store completion head', first(list, 'store completion head')],
  )
  expect(list.filter((access) => access.startsWith('write'))).toEqual([])
})

it('a cancel sets its word, then its entry, then the tail', () => {
  const handle = requester.read(1)
  engine.channel.submit()
  const list = accessesOf(() => void engine.channel.cancel(handle))
  expect(list.filter((access) => access === 'store submission tail')).toHaveLength(1)
  expectOrder(
    list,
    ['store cancel word', first(list, 'store cancel word')],
    ['write submission entry', first(list, 'write submission entry')],
    ['store submission tail', first(list, 'store submission tail')],
  )
})

it('a sweep reads the marks after the last completion, and hands over before it lets the successor in', () => {
  requester.read(1)
  requester.read(2)
  engine.channel.submit()
  engine.step(0, 1)
  engine.kill()
  const list = accessesOf(() => void engine.reap())
  expect(list.filter((access) => access === 'store incarnation')).toHaveLength(1)
  expectOrder(
    list,
    ['read result', last(list, 'read result')],
    ['read mark', first(list, 'read mark')],
    ['store submission head', first(list, 'store submission head')],
    ['write submission entry', last(list, 'write submission entry')],
    ['store submission tail', last(list, 'store submission tail')],
    ['store incarnation', first(list, 'store incarnation')],
  )
})

it('a full batch costs each side a handful of Atomics calls, whatever its size', () => {
  const sizes = [1, 4].map((size) => {
    const list = accessesOf(() => {
      for (let i = 0; i < size; i++) requester.read(i)
      engine.channel.submit()
      engine.step()
      engine.reap()
    })
    return list.filter((access) => /^(load|store|add|notify) /.test(access)).length
  })
  expect(sizes[1]).toBe(sizes[0])
  expect(sizes[0]).toBeLessThan(16)
})
