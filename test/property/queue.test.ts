/**
 * Property: queues of all dispatch types, cancel, forward and retrieval do what lists do: each request is where the
 * oracle has it, is presented in order of arrival, ends once, with the status that the oracle expects.
 */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { STATUS_CANCELLED, STATUS_NOT_FOUND, STATUS_SUCCESS } from '../../src/abi/ntstatus.js'
import type { QueueGate } from '../../src/dispatch/queue-gate.js'
import type { Request } from '../../src/framework/request.js'
import { checkCommands, drawn, plain, START } from './check.js'
import { LIMITS, MANUAL, SteppedChannel } from './stepped-channel.js'

/** A request in the oracle's books. */
interface Entry {
  readonly context: number
  readonly handle: number
  queue: number
  state: 'sent' | 'waiting' | 'owned' | 'cancelable' | 'ended'
  /** A cancel is on its way, or has come. */
  isCancelled: boolean
  request?: Request
}

interface Bench {
  readonly real: SteppedChannel
  /** What lies in the submission ring: requests, and cancels behind them. */
  readonly ring: { readonly entry: Entry; readonly isCancel: boolean }[]
  /** How many of them the worker knows of: it looks again only when it knows of none. */
  known: number
  readonly waiting: [Entry[], Entry[], Entry[]]
  /** In flight, oldest first. */
  readonly entries: Entry[]
  /** Ends that the host has not been told: status by context. */
  readonly ends: Map<number, number>
  readonly old: number[]
  next: number
}

const SLOTS = 8

function begin(start: number): Bench {
  return {
    real: new SteppedChannel(start),
    ring: [],
    known: 0,
    waiting: [[], [], []],
    entries: [],
    ends: new Map(),
    old: [],
    next: 0,
  }
}

const isOwned = ({ state }: Entry): boolean => state === 'owned' || state === 'cancelable'

function ownedIn({ entries }: Bench, queue: number): number {
  return entries.filter((entry) => isOwned(entry) && entry.queue === queue).length
}

function send(bench: Bench, queue: number): void {
  const { real, ring, entries } = bench
  const context = bench.next++
  const handle = real.send(queue, context)
  assert.equal(handle >= 0, entries.length < SLOTS, 'refused only without a free slot')
  if (handle < 0) return
  const entry: Entry = { context, handle, queue, state: 'sent', isCancelled: false }
  entries.push(entry)
  ring.push({ entry, isCancel: false })
}

function cancel(bench: Bench, choice: number): void {
  const { real, entries, ring, old } = bench
  for (const handle of old) assert.equal(real.channel.cancel(handle), STATUS_NOT_FOUND)
  const entry = entries[choice % Math.max(1, entries.length)]
  if (entry === undefined) return
  assert.equal(real.channel.cancel(entry.handle), STATUS_SUCCESS)
  if (!entry.isCancelled) ring.push({ entry, isCancel: true })
  entry.isCancelled = true
}

function end(bench: Bench, entry: Entry, status: number): void {
  entry.state = 'ended'
  bench.ends.set(entry.context, status)
}

/** What one turn does, on lists; returns the requests it presents, in order. */
function expectTurn(bench: Bench, limit: number): Entry[] {
  const presented: Entry[] = []
  const present = (entry: Entry): void => {
    entry.state = 'owned'
    presented.push(entry)
  }
  const hasRoom = (queue: number): boolean => ownedIn(bench, queue) < (LIMITS[queue] as number)
  if (bench.known === 0) bench.known = bench.ring.length
  const taken = Math.min(limit, bench.known)
  bench.known -= taken
  for (const { entry, isCancel } of bench.ring.splice(0, taken)) {
    const waiting = bench.waiting[entry.queue] as Entry[]
    if (!isCancel) {
      if (waiting.length === 0 && hasRoom(entry.queue)) present(entry)
      else {
        entry.state = 'waiting'
        waiting.push(entry)
      }
    } else if (entry.state === 'waiting') {
      waiting.splice(waiting.indexOf(entry), 1)
      end(bench, entry, STATUS_CANCELLED)
    } else if (entry.state === 'cancelable') end(bench, entry, STATUS_CANCELLED)
  }
  for (const [queue, waiting] of bench.waiting.entries()) {
    for (let left = limit; left > 0 && waiting.length > 0 && hasRoom(queue); left--) {
      present(waiting.shift() as Entry)
    }
  }
  return presented
}

function turn(bench: Bench, limit: number): void {
  const { real } = bench
  const expected = expectTurn(bench, limit)
  real.turn.poll(limit)
  const presented = real.presented.splice(0)
  for (const queue of LIMITS.keys()) {
    const of = expected.filter((entry) => entry.queue === queue)
    const got = presented.filter(({ gate }) => gate === real.queues[queue])
    assert.deepEqual(
      got.map((request) => bench.entries.find((entry) => isAt(entry, bench, request))?.context),
      of.map(({ context }) => context),
    )
    for (const [i, entry] of of.entries()) entry.request = got[i] as Request
  }
  check(bench)
}

function isAt(entry: Entry, { real }: Bench, request: Request): boolean {
  return entry.state !== 'ended' && real.channel.slots.slotOf(entry.handle) === request.slot
}

function check({ real, waiting, entries }: Bench): void {
  for (const [queue, gate] of real.queues.entries()) {
    assert.equal(gate.queued, waiting[queue]?.length)
    const owned = entries.filter((entry) => isOwned(entry) && entry.queue === queue)
    assert.equal(gate.owned, owned.length)
  }
}

function pickOwned({ entries }: Bench, choice: number): Entry | undefined {
  const owned = entries.filter(isOwned)
  return owned[choice % Math.max(1, owned.length)]
}

function complete(bench: Bench, choice: number): void {
  const entry = pickOwned(bench, choice)
  if (entry?.request === undefined) return
  const { request, context } = entry
  if (entry.state === 'cancelable') {
    assert.throws(() => request.complete(STATUS_SUCCESS), /cancelable/i)
    assert.equal(request.unmarkCancelable(), STATUS_SUCCESS)
  }
  request.completeWithInformation(STATUS_SUCCESS, context % 64)
  end(bench, entry, STATUS_SUCCESS)
  assert.throws(() => request.complete(STATUS_SUCCESS), 'a second completion')
}

function mark(bench: Bench, choice: number): void {
  const entry = pickOwned(bench, choice)
  if (entry?.request === undefined || entry.state === 'cancelable') return
  assert.equal(entry.request.isCanceled(), entry.isCancelled)
  const answer = entry.request.markCancelableEx((self: Request) => self.complete(STATUS_CANCELLED))
  assert.equal(answer, entry.isCancelled ? STATUS_CANCELLED : STATUS_SUCCESS)
  if (!entry.isCancelled) entry.state = 'cancelable'
}

function forward(bench: Bench, [choice, queue]: [number, number]): void {
  const entry = pickOwned(bench, choice)
  if (entry?.request === undefined || entry.state === 'cancelable') return
  bench.real.turn.redirect(entry.request, bench.real.queues[queue] as QueueGate)
  entry.queue = queue
  // Cancelled before: it ends as if it had been in that queue.
  if (entry.isCancelled) {
    end(bench, entry, STATUS_CANCELLED)
    return
  }
  entry.state = 'waiting'
  bench.waiting[queue]?.push(entry)
}

function retrieve(bench: Bench): void {
  const request = bench.real.turn.retrieve(bench.real.queues[MANUAL] as QueueGate) as Request | null
  const entry = bench.waiting[MANUAL].shift()
  assert.equal(request === null, entry === undefined)
  if (entry === undefined || request === null) return
  assert.ok(isAt(entry, bench, request), 'not the oldest')
  entry.state = 'owned'
  entry.request = request
}

function reap(bench: Bench): void {
  const { real, entries, ends, old } = bench
  // Completions outside a turn go out with the next one.
  turn(bench, 128)
  for (const { context, status, information } of real.reap()) {
    assert.equal(status, ends.get(context), `request ${context}`)
    if (status === STATUS_SUCCESS) assert.equal(information, context % 64)
    ends.delete(context)
    const at = entries.findIndex((entry) => entry.context === context)
    const [entry] = entries.splice(at, 1)
    old.unshift(entry?.handle ?? -1)
  }
  old.length = Math.min(old.length, 8)
  assert.equal(ends.size, 0, 'an end that was not told')
  const { accepted, completed, inFlight, duplicates, lost } = real.channel.ledger()
  assert.deepEqual(
    { accepted, inFlight, duplicates, lost },
    { accepted: completed + entries.length, inFlight: entries.length, duplicates: 0, lost: 0 },
  )
}

it('queues, cancels, forwards and retrievals do what lists do', () => {
  const choice = fc.nat(1000)
  const queue = fc.nat(2)
  const command = fc.oneof(
    { weight: 6, arbitrary: drawn(queue, send) },
    { weight: 4, arbitrary: drawn(fc.integer({ min: 1, max: 6 }), turn) },
    { weight: 4, arbitrary: drawn(choice, complete) },
    { weight: 2, arbitrary: drawn(choice, cancel) },
    { weight: 2, arbitrary: drawn(choice, mark) },
    { weight: 2, arbitrary: drawn(fc.tuple(choice, queue), forward) },
    { weight: 2, arbitrary: plain(retrieve) },
    { weight: 4, arbitrary: plain(reap) },
  )
  expect(checkCommands('queue and cancel', 150_000, START, begin, command)).toBeGreaterThan(150_000)
})
