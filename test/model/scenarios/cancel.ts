/**
 * Cancel scenarios: a host cancels by handle while the request waits, is presented, held, or has completed.
 * Judge: completed or cancelled, never both, never neither; a request that was cancelled while it waited was
 * never seen by a handler; a cancel touches no other request.
 */
import { IRP_CANCEL } from '../../../src/abi/irp-layout.js'
import { STATUS_NOT_FOUND } from '../../../src/abi/ntstatus.js'
import { must, type Rest, type Run, type Scenario } from '../engine/scenario.js'
import {
  type Handler,
  type Host,
  keep,
  Memories,
  prepareRead,
  type Source,
  type Worker,
} from '../shipped.js'
import {
  CANCELLED,
  complete,
  hold,
  type HostStep,
  hostActor,
  judgeHost,
  judgeOrder,
  judgeWorker,
  reapAll,
  sendReads,
  sleepOnce,
  statusesOf,
  workerActor,
} from './channel-run.js'
import { EDGES, WRAP } from './edges.js'

/** Asks for the cancel of a request; a handle is stale once its completion was told. */
function cancel(context: number): HostStep {
  return (host) => {
    const { channel, handles, told } = host
    const wasTold = told.some((completion) => completion.context === context)
    const answer = channel.cancel(handles[context] as number)
    const isRight = wasTold ? answer === STATUS_NOT_FOUND : answer === 0
    must('content', isRight, `a cancel of a request ${wasTold ? 'told' : 'in flight'}: ${answer}`)
  }
}

const reapSome: HostStep = ({ channel, told }) => void channel.reapNow(8, keep(told))

/** Gives the request a cancel callback, which completes it. */
const holdCancelable: Handler = (worker, request) => {
  worker.served.push(request.deviceOffset)
  const answer = request.markCancelableEx((self: typeof request) => self.complete(CANCELLED))
  if (answer === 0) worker.held.push(request)
  else request.complete(CANCELLED)
}

/** Looks whether it was cancelled, as a handler that computes for long does. */
const pollCanceled: Handler = (worker, request) => {
  worker.served.push(request.deviceOffset)
  if (request.isCanceled()) request.complete(CANCELLED)
  else request.completeWithInformation(0, request.deviceOffset)
}

interface Shape {
  readonly slots: number
  readonly total: number
  readonly handler: Handler
  readonly steps: readonly HostStep[]
  /** Contexts that the host cancels. */
  readonly cancelled: readonly number[]
  /** The handler ends no request as cancelled: who was cancelled was never seen. */
  readonly isBlind?: boolean
}

function judgeCancel(host: Rest, worker: Rest, shape: Shape): void {
  const { served } = worker.root as Worker
  judgeOrder(served)
  const seen = new Set(served)
  must('duplicate', seen.size === served.length, `served ${served.join(', ')}`)
  for (const [context, status] of statusesOf(host).entries()) {
    const what = `request ${context} ended with ${status}`
    if (status === CANCELLED) {
      must('content', shape.cancelled.includes(context), `${what}, and nobody cancelled it`)
      const isRight = shape.isBlind !== true || !seen.has(context)
      must('duplicate', isRight, `${what}, and its handler had completed it`)
    } else must('content', status === 0 && seen.has(context), what)
  }
}

function cancelRun(source: Source, start: number, shape: Shape): Run {
  const { slots, total, handler, steps } = shape
  const memories = new Memories(source, { slots, start })
  const memory = memories.channel(0)
  return {
    regions: memories.regions,
    actors: [
      hostActor(source, memories, steps, { start }),
      workerActor(source, memories, { handler }),
    ],
    judge(rests, load) {
      const [host, worker] = rests as [Rest, Rest]
      judgeWorker(worker, load)
      judgeHost(host, total, load)
      judgeCancel(host, worker, shape)
      for (let slot = 0; slot < slots; slot++) {
        const word = load(memory.words, memory.slotWord(slot) + IRP_CANCEL)
        must('leak', word === 0, `the cancel word of free slot ${slot} is ${word}`)
      }
    },
  }
}

function cancelling(name: string, shape: Shape): Scenario<Source> {
  return {
    name,
    starts: EDGES,
    pushStarts: WRAP,
    begin: (source, start) => cancelRun(source, start, shape),
  }
}

/** Sends one more request once a slot is free, that is, after the completion of an earlier one. */
function sendAfterOne(context: number, step: number): HostStep {
  return (host: Host) => {
    const { channel, told } = host
    channel.reapNow(8, keep(told))
    if (channel.slots.freeCount === 0) {
      if (!channel.hasCompletions()) sleepOnce(host)
      return step
    }
    prepareRead(host, context)
    channel.submit()
    return undefined
  }
}

export const cancelScenarios: readonly Scenario<Source>[] = [
  cancelling('cancel, handler completes', {
    slots: 2,
    total: 2,
    handler: complete,
    cancelled: [1],
    isBlind: true,
    steps: [sendReads(0, 2), reapSome, cancel(1), reapAll(2, 3)],
  }),
  cancelling('cancel, handler holds', {
    slots: 2,
    total: 2,
    handler: hold,
    cancelled: [0, 1],
    isBlind: true,
    steps: [sendReads(0, 2), cancel(1), cancel(0), reapAll(2, 3)],
  }),
  cancelling('cancel, handler holds cancelable', {
    slots: 2,
    total: 2,
    handler: holdCancelable,
    cancelled: [0, 1],
    steps: [sendReads(0, 2), cancel(0), cancel(1), reapAll(2, 3)],
  }),
  cancelling('cancel, handler polls', {
    slots: 1,
    total: 2,
    handler: pollCanceled,
    cancelled: [0],
    steps: [sendReads(0, 1), cancel(0), sendAfterOne(1, 2), reapAll(2, 3)],
  }),
  cancelling('cancel, slot used again', {
    slots: 1,
    total: 2,
    handler: hold,
    cancelled: [0, 1],
    isBlind: true,
    steps: [sendReads(0, 1), cancel(0), sendAfterOne(1, 2), cancel(0), cancel(1), reapAll(2, 5)],
  }),
]
