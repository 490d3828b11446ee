/**
 * Vandal: writes into a channel's shared memory what a driver there should not, at random and at the edges: the
 * completion ring of its worker, the heads of its rings, its results, its presented marks, the parameters in the slots that it has.
 * Runs on: the thread of the worker that it plays.
 */
import type { Random } from '../../native-sim/random.js'
import { RING_MAGIC, RING_MASK, RING_SLOTS, RING_TAIL } from '../../src/abi/ring-layout.js'
import { IRP_SLOT_WORDS } from '../../src/abi/irp-layout.js'
import type { ChannelMemory } from '../../src/irp/channel-memory.js'

const EDGES = [0, 1, -1, 2, 127, 128, 2 ** 31 - 1, -(2 ** 31), 0x40000000, 0xc0000000 | 0]

export const KINDS = ['entries', 'results', 'ring', 'tail', 'heads', 'marks', 'parameters'] as const
export type Kind = (typeof KINDS)[number]

export class Vandal {
  readonly #random: Random
  readonly #memory: ChannelMemory
  readonly #worker: number
  readonly #slots: () => readonly number[]
  readonly done = new Map<Kind, number>(KINDS.map((kind) => [kind, 0]))

  /** `slots`: those whose requests the worker has. */
  constructor(
    random: Random,
    memory: ChannelMemory,
    worker: number,
    slots: () => readonly number[],
  ) {
    this.#slots = slots
    this.#random = random
    this.#memory = memory
    this.#worker = worker
  }

  /** One piece of damage. */
  strike(): void {
    const kind = KINDS[this.#random.nextBelow(KINDS.length)] as Kind
    const memory = this.#memory
    const { words, geometry } = memory
    const { slotCount, completionCapacity } = geometry
    const worker = this.#worker
    const anyOf = (first: number, count: number): void => {
      words[first + this.#random.nextBelow(count)] = this.value()
    }
    switch (kind) {
      case 'entries':
        this.#forge()
        break
      case 'results':
        anyOf(memory.resultsWord(worker), 2 * completionCapacity)
        break
      case 'ring':
        anyOf(memory.completionRing(worker) + RING_SLOTS, completionCapacity)
        break
      case 'tail':
        Atomics.store(words, memory.completionRing(worker) + RING_TAIL, this.value())
        break
      case 'heads': {
        const [ring, word] = [this.#random.nextBelow(2), this.#random.nextBelow(2)]
        const base = ring === 0 ? memory.completionRing(worker) : memory.submissionRing(worker)
        words[base + (word === 0 ? RING_MASK : RING_MAGIC)] = this.value()
        break
      }
      case 'marks':
        anyOf(memory.presentedWord(worker), slotCount)
        break
      default: {
        const slots = this.#slots()
        if (slots.length === 0) return
        const slot = slots[this.#random.nextBelow(slots.length)] as number
        anyOf(memory.slotWord(slot), IRP_SLOT_WORDS)
      }
    }
    this.done.set(kind, (this.done.get(kind) ?? 0) + 1)
  }

  /** Completions of slots that are free, another worker's, or none, published as honest ones are. */
  #forge(): void {
    const { words, geometry } = this.#memory
    const { completionCapacity } = geometry
    const ring = this.#memory.completionRing(this.#worker)
    const tail = Atomics.load(words, ring + RING_TAIL)
    const count = 1 + this.#random.nextBelow(completionCapacity)
    for (let i = 0; i < count; i++) {
      words[ring + RING_SLOTS + ((tail + i) & (completionCapacity - 1))] = this.value()
    }
    Atomics.store(words, ring + RING_TAIL, tail + count)
  }

  /** Something that is likely to harm. */
  value(): number {
    const random = this.#random
    switch (random.nextBelow(3)) {
      case 0:
        return EDGES[random.nextBelow(EDGES.length)] as number
      case 1:
        return random.nextBelow(this.#memory.geometry.slotCount)
      default:
        return random.nextBelow(2 ** 32) | 0
    }
  }
}
