/**
 * Impossible options: refused before anything is taken, with the value and what would be right.
 */
import { describe, expect, it } from 'vitest'
import type { ChannelOptions, EngineOptions } from '../../src/index.js'
import { drivers, Engine, irpool } from './built.js'
import { BALANCED, errorOf } from './helpers.js'

const bad = (options: unknown): EngineOptions & ChannelOptions => options as EngineOptions

describe('Engine.start refuses', () => {
  for (const [option, values] of [
    ['workers', [0, -1, 1.5, '2', NaN, Infinity, 127, null]],
    ['slots', [0, -1, 3, 1000, 1.5, 2 ** 17, '1024', NaN, null]],
    ['bufferBytes', [0, 2048, 4097, 2 ** 31, -4096, '65536', NaN, null]],
    ['waitStrategy', ['spin', '', 1, null]],
  ] as const) {
    for (const value of values) {
      it(`${option}: ${typeof value === 'string' ? `'${value}'` : String(value)}`, async () => {
        const error = await errorOf(() => Engine.start(bad({ [option]: value })))
        expect(error).toBeInstanceOf(irpool.EngineError)
        expect(error).toMatchObject({ code: 'ERR_IRP_OPTION', value })
        expect(error.message).toContain(option)
      })
    }
  }

  it('devices that are none', async () => {
    for (const devices of [[null], ['echo'], [{}]]) {
      const error = await errorOf(() => Engine.start(bad({ workers: 1, devices })))
      expect(error).toMatchObject({ code: 'ERR_IRP_OPTION' })
    }
  })
})

describe('openChannel refuses', () => {
  it('impossible sizes, and opens a channel afterwards', async () => {
    await using engine = await Engine.start({ workers: 1 })
    const shares = engine.memory().length
    for (const options of [
      { slots: 3 },
      { slots: 0 },
      { slots: 2 ** 17 },
      { slots: '16' },
      { bufferBytes: 100 },
      { bufferBytes: 2 ** 31 },
      { bufferBytes: NaN },
    ]) {
      const error = await errorOf(() => engine.openChannel(bad(options)))
      expect(error).toMatchObject({ code: 'ERR_IRP_OPTION', value: Object.values(options)[0] })
    }
    expect(engine.memory()).toHaveLength(shares)
    await engine.addDevice({ name: 'echo', driver: drivers.echo })
    // The smallest that there is: a request at a time, and a page.
    const channel = await engine.openChannel({ slots: 1, bufferBytes: 4096 })
    const file = await channel.open('echo')
    expect((await file.write(Uint8Array.of(1))).status).toBe(0)
    await channel.close()
    expect(engine.ledger()).toMatchObject(BALANCED)
  })
})

describe('the largest that there is', () => {
  it('65,536 slots all in flight', async () => {
    await using engine = await Engine.start({ workers: 1, slots: 65536 })
    await engine.addDevice({ name: 'null', driver: drivers.null })
    const file = await engine.open('null')
    const { channel } = engine
    const buffer = channel.allocate(8)
    const handles = new Set<number>()
    for (let i = 0; i < 65536; i++) handles.add(channel.prepareWrite(file, buffer, 8, 0, i))
    expect(handles.size).toBe(65536)
    expect(channel.prepareWrite(file, buffer, 8, 0, 0)).toBe(irpool.STATUS_INSUFFICIENT_RESOURCES)
    expect(channel.submit()).toBe(65536)
    let next = 0
    let wrong = 0
    for (;;) {
      if (next === 65536) break
      const reaped = channel.reap(65536, (context) => {
        if (context !== next++) wrong++
      })
      if (reaped === 0) await channel.waitAsync(1000)
    }
    expect(wrong).toBe(0)
  })
})
