/**
 * Requester: short words for the batch API, so that a test shows what matters: which requests, in which order.
 * Runs on: the test's own thread. Every request has the number that the test gave it as its context.
 */
import type { ChannelBuffer } from '../../src/irp/channel-buffer.js'
import type { ChannelFile } from '../../src/manager/channel-file.js'
import type { Channel } from '../../src/manager/channel.js'
import { ctlCode, METHOD_BUFFERED } from '../../src/abi/ctl-code.js'
import type { Completion, SteppedEngine } from './stepped-engine.js'

const BUFFER_BYTES = 4096
export const SOME_CODE = ctlCode(0x22, 0x800, METHOD_BUFFERED, 0)

export class Requester {
  readonly engine: SteppedEngine
  readonly channel: Channel
  readonly file: ChannelFile
  readonly buffer: ChannelBuffer

  constructor(engine: SteppedEngine, device = 'device0') {
    this.engine = engine
    this.channel = engine.channel
    this.file = engine.file(device)
    this.buffer = engine.channel.allocate(BUFFER_BYTES)
  }

  /** Prepares a read; returns its handle. */
  read(context: number, length = 16, offset = 0): number {
    return accepted(this.channel.prepareRead(this.file, this.buffer, length, offset, context))
  }

  /** Prepares a write; returns its handle. */
  write(context: number, length = 16, offset = 0): number {
    return accepted(this.channel.prepareWrite(this.file, this.buffer, length, offset, context))
  }

  /** Prepares an IOCTL; returns its handle. */
  ioctl(context: number, code = SOME_CODE, inputLength = 0, outputLength = 0): number {
    const { channel, file, buffer } = this
    return accepted(
      channel.prepareIoctl(file, code, buffer, inputLength, buffer, outputLength, context),
    )
  }

  /** Prepares an internal IOCTL; returns its handle. */
  internalIoctl(context: number, code = SOME_CODE, inputLength = 0, outputLength = 0): number {
    const { channel, file, buffer } = this
    return accepted(
      channel.prepareInternalIoctl(file, code, buffer, inputLength, buffer, outputLength, context),
    )
  }

  /** Prepares a request of any major function without parameters. */
  bare(context: number, major: number): number {
    return accepted(this.channel.prepareBare(major, this.file, context))
  }

  /** Sends one read for each number, runs the workers, reaps. */
  reads(...numbers: number[]): Completion[] {
    for (const number of numbers) this.read(number)
    return this.engine.run()
  }
}

function accepted(handle: number): number {
  if (handle < 0) throw new Error(`the request was refused with ${handle >>> 0}`)
  return handle
}

/** The completions as `context: status`, in order. */
export function statuses(completions: readonly Completion[]): [context: number, status: number][] {
  return completions.map(({ context, status }) => [context, status])
}

/** The contexts of the completions, in order. */
export function contexts(completions: readonly Completion[]): number[] {
  return completions.map(({ context }) => context)
}
