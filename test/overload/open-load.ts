/**
 * Open load: sends at a given rate, whatever comes back; a refused request is counted and forgotten.
 * Runs on: the channel's host thread.
 */
import type { Channel, ChannelBuffer, Engine, IrpFile } from '../../src/index.js'

const BYTES = 64
const SLOTS = 256
/** Tries in a row without a look at what has come back. */
const BURST = 1024

export interface LoadResult {
  readonly endedPerSecond: number
  readonly refused: number
  /** With which statuses. */
  readonly statuses: ReadonlySet<number>
}

export class OpenLoad {
  readonly #channel: Channel
  readonly #file: IrpFile
  readonly #buffer: ChannelBuffer

  private constructor(channel: Channel, file: IrpFile) {
    this.#channel = channel
    this.#file = file
    this.#buffer = channel.allocate(BYTES)
  }

  static async open(engine: Engine): Promise<OpenLoad> {
    const channel = await engine.openChannel({ slots: SLOTS, bufferBytes: 4096 })
    return new OpenLoad(channel, await channel.open('busy'))
  }

  /** `perSecond`: Infinity sends whenever there is room, and counts no refusal. */
  async run(perSecond: number, seconds: number): Promise<LoadResult> {
    const channel = this.#channel
    const statuses = new Set<number>()
    const startedAt = performance.now()
    let [tried, ended, refused, elapsed] = [0, 0, 0, 0]
    const onBatch = (_batch: Int32Array, count: number): void => {
      ended += count
    }
    for (; elapsed < seconds; elapsed = (performance.now() - startedAt) / 1000) {
      const due = Math.min(tried + BURST, perSecond * elapsed)
      for (; tried < due; tried++) {
        const handle = channel.prepareRead(this.#file, this.#buffer, BYTES, 0, 0)
        if (handle >= 0) continue
        if (perSecond === Infinity) break
        refused++
        statuses.add(handle)
      }
      channel.submit()
      channel.reapBatch(SLOTS, onBatch)
      await new Promise((resolve) => setImmediate(resolve))
    }
    const endedPerSecond = ended / elapsed
    while (channel.inFlight > 0) {
      channel.reapBatch(SLOTS, onBatch)
      await channel.waitAsync(10)
    }
    return { endedPerSecond, refused, statuses }
  }
}
