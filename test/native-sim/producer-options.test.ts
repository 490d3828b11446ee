import { describe, expect, it } from 'vitest'
import { BlockTraceColumns } from '../../native-sim/block-trace-columns.js'
import { SimulationError } from '../../native-sim/errors.js'
import {
  createRequestSource,
  planProducer,
  type ProducerOptions,
} from '../../native-sim/producer-options.js'

const device = 'disk0'

function trace(largestBytes: number, highestByte: number) {
  const rows = new BlockTraceColumns()
  rows.add(0, 0, 512, 0)
  rows.add(1, 1, largestBytes, highestByte - largestBytes)
  return rows.finish()
}

const arrivalOf = (largestBytes: number, highestByte: number) =>
  ({ kind: 'trace', trace: trace(largestBytes, highestByte) }) as const

const planAny = (options: unknown): unknown => Reflect.apply(planProducer, undefined, [options])
const channelOf = (options: Partial<ProducerOptions>) =>
  planProducer({ device, ...options }).channel
const offsetsOf = (options: Partial<ProducerOptions>) => {
  const source = createRequestSource(planProducer({ device, ...options }).plan)
  return Array.from({ length: 100 }, () => source.advance() && source.offsetBytes)
}

describe('planProducer', () => {
  it('fills in what was left out', () => {
    const { plan, channel } = planProducer({ device })
    expect(plan).toEqual({
      device,
      arrival: { kind: 'closed-loop' },
      depth: 32,
      requests: Infinity,
      durationMs: Infinity,
      readShare: 0.5,
      blockBytes: 4096,
      spanBytes: 64 * 2 ** 20,
      largestBytes: 4096,
      verify: false,
      isBlank: true,
      seed: 1,
    })
    expect(channel).toEqual({ slots: 32, bufferBytes: 32 * 4096 })
    expect(structuredClone(plan)).toEqual(plan)
  })

  it('takes a channel that has a slot and a buffer for each request in flight', () => {
    expect(channelOf({ depth: 33 })).toEqual({ slots: 64, bufferBytes: 64 * 4096 })
    expect(channelOf({ depth: 1, blockBytes: 1 })).toEqual({ slots: 1, bufferBytes: 4096 })
    expect(channelOf({ depth: 3, blockBytes: 600 })).toEqual({ slots: 4, bufferBytes: 4096 })
    expect(channelOf({ depth: 4, arrival: arrivalOf(69_632, 2 ** 35) })).toEqual({
      slots: 4,
      bufferBytes: 4 * 131_072,
    })
    const channel = { slots: 256, bufferBytes: 2 ** 20 }
    expect(channelOf({ channel })).toEqual(channel)
  })

  it('refuses what cannot be, and says what can', () => {
    const wrong: [options: Partial<ProducerOptions> | Record<string, unknown>, message: RegExp][] =
      [
        [{ device: '' }, /^device must be the name of a device/],
        [{ depth: 0 }, /^depth must be a whole number from 1 to 65536, got 0/],
        [{ depth: 65_537 }, /^depth/],
        [
          { depth: 64, channel: { slots: 32 } },
          /^depth must be at most 32, the slots of the channel/,
        ],
        [
          { depth: 4, blockBytes: 2 ** 29 },
          /^depth must be at most 2 for requests of 536870912 bytes/,
        ],
        [{ channel: { bufferBytes: 65_536 } }, /^bufferBytes must be at least 131072: 32 buffers/],
        [{ requests: 0 }, /^requests/],
        [{ requests: 1.5 }, /^requests/],
        [{ durationMs: 0 }, /^durationMs/],
        [{ durationMs: Infinity }, /^durationMs/],
        [{ mix: { readShare: 2 } }, /^readShare/],
        [{ blockBytes: 0 }, /^blockBytes/],
        [{ blockBytes: 1000, verify: true }, /^blockBytes must be a multiple of 512 when verify/],
        [{ spanBytes: 100 }, /^spanBytes/],
        [{ verify: 1 }, /^verify/],
        [{ isBlank: 'no' }, /^isBlank/],
        [{ seed: 2 ** 32 }, /^seed/],
        [{ arrival: null }, /^arrival/],
        [{ arrival: { kind: 'sometimes' } }, /^arrival.kind/],
        [{ arrival: { kind: 'poisson', rateHz: -1 } }, /^rateHz/],
        [{ arrival: { kind: 'trace', trace: {} } }, /^arrival.trace/],
        [{ arrival: { kind: 'trace' } }, /^arrival.trace/],
        [{ arrival: arrivalOf(512, 8192), blockBytes: 512 }, /^blockBytes must be left out/],
        [{ arrival: arrivalOf(512, 8192), mix: { readShare: 1 } }, /^mix must be left out/],
        [
          { arrival: arrivalOf(512, 8192), spanBytes: 8191 },
          /^spanBytes must be at least 8192, where/,
        ],
      ]
    for (const [options, message] of wrong) {
      expect(() => planAny({ device, ...options })).toThrow(SimulationError)
      expect(() => planAny({ device, ...options })).toThrow(message)
    }
    expect(() => planAny(null)).toThrow(SimulationError)
  })
})

describe('createRequestSource', () => {
  it('the sequence is that of the seed, whatever the arrivals and the depth', () => {
    const poisson = { arrival: { kind: 'poisson', rateHz: 5 } as const, depth: 3 }
    expect(offsetsOf(poisson)).toEqual(offsetsOf({}))
    expect(offsetsOf({ seed: 2 })).not.toEqual(offsetsOf({}))
  })

  it('is the trace, when there is one', () => {
    const source = createRequestSource(
      planProducer({ device, arrival: arrivalOf(1024, 8192) }).plan,
    )
    expect([source.advance(), source.advance(), source.offsetBytes, source.advance()]).toEqual([
      true,
      true,
      7168,
      false,
    ])
  })
})
