import { beforeEach, describe, expect, it } from 'vitest'
import {
  engineBytes,
  WORKER_DOORBELL,
  WORKER_FAILED,
  WORKER_INCARNATION,
  workerBlockWord,
} from '../../../src/abi/engine-layout.js'
import { DOORBELL_EPOCH } from '../../../src/abi/doorbell-layout.js'
import { type ChannelMemory, createChannelMemory } from '../../../src/irp/channel-memory.js'
import { HostPort } from '../../../src/manager/host-port.js'
import { Sleeper } from '../../../src/sharedarraybuffer-queue/doorbell.js'
import { SpscConsumer, SpscProducer } from '../../../src/sharedarraybuffer-queue/spsc-ring.js'

const WORKER = 1
let engine: Int32Array
let memory: ChannelMemory
let port: HostPort
let worker: SpscConsumer

beforeEach(() => {
  engine = new Int32Array(new SharedArrayBuffer(engineBytes(2)))
  memory = createChannelMemory(1, 8, [3, 4], 4096, 2 ** 31 - 2)
  port = new HostPort(memory, engine, WORKER)
  worker = new SpscConsumer(memory.words, memory.submissionRing(WORKER))
})

function entries(): number[] {
  const taken: number[] = []
  while (worker.drain(99, (entry) => taken.push(entry)) !== 0);
  return taken
}

it('belongs to the incarnation that the memory says', () => {
  expect(port.incarnation).toBe(4)
  engine[workerBlockWord(WORKER) + WORKER_INCARNATION] = 5
  expect(port.currentIncarnation()).toBe(5)
  expect(port.hasFailed()).toBe(false)
  engine[workerBlockWord(WORKER) + WORKER_FAILED] = 1
  expect(port.hasFailed()).toBe(true)
})

describe('publish', () => {
  it('sends requests and cancels in order, and counts the requests', () => {
    port.submissions.stage(2)
    port.submissions.stage(3)
    port.stageCancel(2)
    expect(port.staged).toBe(2)
    expect(entries()).toEqual([])
    expect(port.publish()).toBe(2)
    expect(port.staged).toBe(0)
    expect(entries()).toEqual([2, 3, ~2])
    expect(port.publish()).toBe(0)
  })

  it('rings its worker’s bell, if that one sleeps and there is something', () => {
    const bell = workerBlockWord(WORKER) + WORKER_DOORBELL
    const epoch = () => engine[bell + DOORBELL_EPOCH]
    const sleeper = new Sleeper(engine, bell)
    port.submissions.stage(1)
    port.publish()
    expect(epoch()).toBe(0)
    sleeper.park(1, () => {
      port.publish()
      expect(epoch()).toBe(0)
      port.submissions.stage(2)
      port.publish()
      return false
    })
    expect([epoch(), sleeper.rescues]).toEqual([1, 0])
  })
})

describe('load', () => {
  it('counts requests that are out, staged ones too, and no cancels', () => {
    const completions = new SpscProducer(memory.words, memory.completionRing(WORKER))
    expect(port.load()).toBe(0)
    for (const slot of [1, 2, 3]) port.submissions.stage(slot)
    expect(port.load()).toBe(3)
    port.stageCancel(2)
    expect(port.load()).toBe(3)
    port.publish()
    completions.stage(2)
    completions.publish()
    port.completions.drain(9, () => {})
    expect(port.load()).toBe(2)
  })
})

describe('after a death', () => {
  it('the ring is empty, the successor starts behind it, and the load is right', () => {
    for (const slot of [1, 2, 3]) port.submissions.stage(slot)
    port.stageCancel(1)
    port.publish()
    worker.takeBatch(new Int32Array(1))
    port.discardSubmissions()
    expect(port.load()).toBe(0)
    port.submissions.stage(3)
    port.publish()
    expect(port.load()).toBe(1)
    port.adopt(7)
    expect(port.incarnation).toBe(7)
    expect(memory.words[memory.incarnationWord(WORKER)]).toBe(7)
    worker = new SpscConsumer(memory.words, memory.submissionRing(WORKER))
    expect(entries()).toEqual([3])
  })
})
