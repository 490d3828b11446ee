/**
 * irp-trip.ts: one request through the engine and back.
 *
 * Runs on: the thread that owns the channel. HOT: nothing is allocated.
 */
import type { Channel, IrpFile } from '../../src/index.js'

/** How the host waits for an answer: looking for it all the time, or as any host may, in `channel.wait`. */
export type HostWait = 'spin' | 'wait'

const READ_BYTES = 512
const WAIT_MS = 100
/** Without an answer for some seconds the run is over. */
const LOOKS_LIMIT: Readonly<Record<HostWait, number>> = { spin: 200_000_000, wait: 50 }

/** Of the completions since the request: [0] how many, [1] context, [2] status, [3] Information. */
const answer = new Int32Array(4)

function irpTripOnCompletion(context: number, status: number, information: number): void {
  answer[0] = answer[0]! + 1
  answer[1] = context
  answer[2] = status
  answer[3] = information
}

/** A function that sends a read with that context, waits, and says whether the answer was right. */
export function irpTrip(
  channel: Channel,
  file: IrpFile,
  hostWait: HostWait,
): (context: number) => boolean {
  const buffer = channel.allocate(READ_BYTES)
  function awaitAnswer(): void {
    let looks = LOOKS_LIMIT[hostWait]
    while (channel.reap(2, irpTripOnCompletion) === 0) {
      if (hostWait === 'wait') channel.wait(WAIT_MS)
      if (--looks === 0) throw new Error('a request was not answered')
    }
  }
  return function irpRoundTrip(context) {
    answer[0] = 0
    channel.prepareRead(file, buffer, READ_BYTES, 0, context)
    channel.submit()
    awaitAnswer()
    const isRight = answer[0] === 1 && answer[1] === context && answer[2] === 0
    return isRight && answer[3] === READ_BYTES
  }
}
