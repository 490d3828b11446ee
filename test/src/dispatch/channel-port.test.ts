/**
 * A worker's end of a channel: what it takes from a ring that a broken or hostile host writes, what it marks
 * and in which order, and that the batch path allocates nothing.
 */
import { describe, expect, it } from 'vitest'
import * as nt from '../../../src/abi/ntstatus.js'
import { IRP_ROW } from '../../../src/abi/irp-layout.js'
import type { Request } from '../../../src/framework/request.js'
import { SpscProducer } from '../../../src/sharedarraybuffer-queue/spsc-ring.js'
import { queueDriver } from '../../harness/inline-driver.js'
import { contexts, Requester, statuses } from '../../harness/requester.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

async function bench(
  handle: (request: Request) => void,
  options: ConstructorParameters<typeof SteppedEngine>[0] = {},
): Promise<{ engine: SteppedEngine; requester: Requester }> {
  const engine = new SteppedEngine(options)
  const EvtIoRead = (_queue: unknown, request: Request): void => handle(request)
  await engine.addDevice(queueDriver({ dispatchType: 'parallel', defaultQueue: true, EvtIoRead }))
  return { engine, requester: new Requester(engine) }
}
const succeed = (request: Request): void => request.complete(nt.STATUS_SUCCESS)
const portOf = (engine: SteppedEngine) => engine.framework().turn.ports[0]

/** Writes entries into the submission ring past the host's books. */
function forge(engine: SteppedEngine, ...entries: number[]): void {
  const ring = new SpscProducer(engine.memory.words, engine.memory.submissionRing(0))
  for (const entry of entries) ring.stage(entry)
  ring.publish()
}

describe('forged submissions', () => {
  it.each([8, 9, 2 ** 31 - 1])('counts and skips a request in slot %i of 8', async (entry) => {
    const { engine } = await bench(succeed)
    forge(engine, entry)
    expect(engine.step()).toBe(1)
    expect(portOf(engine)?.rejected).toBe(1)
    expect(engine.reap()).toEqual([])
  })

  it.each([~8, ~(2 ** 31 - 1)])('counts and skips a cancel, entry %i', async (entry) => {
    const { engine } = await bench(succeed)
    forge(engine, entry)
    engine.step()
    expect(portOf(engine)?.rejected).toBe(1)
  })

  it('does not care about a cancel of a slot without a request', async () => {
    const { engine } = await bench(succeed)
    forge(engine, ~3)
    engine.step()
    expect(portOf(engine)?.rejected).toBe(0)
    expect(engine.reap()).toEqual([])
  })

  it('takes a slot that it has already only once', async () => {
    const held: Request[] = []
    const { engine, requester } = await bench((request) => void held.push(request))
    requester.reads(1)
    forge(engine, held[0]?.slot ?? -1, held[0]?.slot ?? -1)
    engine.settle()
    expect([held.length, portOf(engine)?.rejected]).toEqual([1, 2])
    held[0]?.complete(nt.STATUS_SUCCESS)
    engine.settle()
    expect(statuses(engine.reap())).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('goes on with what is real among what is forged', async () => {
    const { engine } = await bench(succeed)
    forge(engine, 99, ~99, 77)
    // The host's private position knows nothing of it: a second host for the same port.
    expect(engine.step()).toBe(3)
    const second = engine.openChannel()
    const buffer = second.allocate(64)
    second.prepareRead(engine.file('device0', second), buffer, 8, 0, 5)
    second.submit()
    engine.settle()
    expect(statuses(engine.reap(9, second))).toEqual([[5, nt.STATUS_SUCCESS]])
  })

  it.each([-1, 2 ** 31 - 1, 5 << 5])('answers a row %i that no device has', async (row) => {
    const { engine, requester } = await bench(succeed)
    const handle = requester.read(1)
    engine.memory.words[engine.memory.slotWord(handle & 7) + IRP_ROW] = row
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_NO_SUCH_DEVICE]])
  })
})

describe('a request’s presented mark', () => {
  it('is there, with the request’s sequence, when its handler runs, and for no other slot', async () => {
    const marks: number[][] = []
    const { engine, requester } = await bench(
      (request) => {
        const { memory } = engine
        const at = memory.presentedWord(0)
        marks.push([...memory.words.subarray(at, at + 4)])
        marks.push([request.slot, request.sequence])
        succeed(request)
      },
      { slots: 4 },
    )
    requester.reads(1)
    const [[slot, sequence] = []] = marks.slice(1)
    const expected = [0, 0, 0, 0]
    expected[slot ?? -1] = sequence ?? 0
    expect(sequence).not.toBe(0)
    expect(marks[0]).toEqual(expected)
  })

  it.each([0, -1, 2 ** 31 - 1, 2 ** 31 - 2])(
    'is never 0 and never the one before, from position %i',
    async (firstPosition) => {
      const seen: number[] = []
      const { engine, requester } = await bench(
        (request) => {
          seen.push(request.sequence)
          succeed(request)
        },
        { slots: 2, firstPosition },
      )
      for (let round = 0; round < 6; round++) requester.reads(round)
      expect(new Set(seen).size).toBe(6)
      expect(seen).not.toContain(0)
      expect(engine.channel.ledger()).toMatchObject({ success: 6, lost: 0 })
    },
  )
})

describe('completions', () => {
  it('are sent once a turn, not before', async () => {
    let duringTurn = -1
    const { engine, requester } = await bench((request) => {
      succeed(request)
      duringTurn = engine.reap().length
    })
    for (const number of [1, 2, 3]) requester.read(number)
    engine.channel.submit()
    engine.step()
    expect(duringTurn).toBe(0)
    expect(contexts(engine.reap())).toEqual([1, 2, 3])
  })

  it('wake the host only when it sleeps', async () => {
    const { engine, requester } = await bench(succeed)
    requester.reads(1)
    expect(portOf(engine)?.host.rings).toBe(0)
    requester.read(2)
    engine.channel.submit()
    const waited = engine.channel.waitAsync(20_000)
    engine.step()
    expect(portOf(engine)?.host.rings).toBe(1)
    expect(await waited).toBe(true)
    expect(engine.channel.sleeper.rescues).toBe(0)
  })
})
