import { describe, expect, it } from 'vitest'
import type { NbdExport } from '../../../src/nbd/nbd-export.js'
import { Negotiation } from '../../../src/nbd/negotiation.js'

const subject: NbdExport = {
  name: 'disk',
  description: '',
  device: 'd',
  sizeBytes: 2 ** 41,
  blockBytes: 512,
  isReadOnly: false,
  canUnmap: false,
}
const FLAGS = Buffer.from([0, 0, 0, 3])
const machine = () => {
  const negotiation = new Negotiation({
    exports: [subject],
    preferredBlockBytes: 4096,
    maximumPayloadBytes: 65_536,
  })
  negotiation.takeOutput()
  return negotiation
}
function option(number: number, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(16)
  header.write('IHAVEOPT', 'latin1')
  header.writeUInt32BE(number, 8)
  header.writeUInt32BE(data.length, 12)
  return Buffer.concat([header, data])
}
const GO = option(7, Buffer.from([0, 0, 0, 4, ...Buffer.from('disk'), 0, 1, 0, 3]))

describe('negotiation', () => {
  it('comes out the same however the bytes are cut', () => {
    const talk = Buffer.concat([FLAGS, option(8), option(3), option(77, Buffer.alloc(9000)), GO])
    const whole = machine()
    expect(whole.feed(talk)).toBe(talk.length)
    const expected = Buffer.from(whole.takeOutput())
    for (const size of [1, 2, 3, 7, 16, 17, 4096]) {
      const cut = machine()
      for (let at = 0; at < talk.length; at += size) cut.feed(talk.subarray(at, at + size))
      expect(cut.state).toBe('chosen')
      expect(Buffer.compare(cut.takeOutput(), expected)).toBe(0)
    }
    expect([whole.state, whole.chosen, whole.isStructured]).toEqual(['chosen', subject, true])
  })

  it('leaves what comes after the choice', () => {
    const negotiation = machine()
    const talk = Buffer.concat([FLAGS, GO, Buffer.from('more')])
    expect(negotiation.feed(talk)).toBe(talk.length - 4)
  })

  it('takes nothing after the end, and does not haggle for ever', () => {
    const ended = machine()
    ended.feed(Buffer.concat([FLAGS, option(2)]))
    expect([ended.state, ended.feed(GO)]).toEqual(['ended', 0])
    const endless = machine()
    endless.feed(FLAGS)
    for (let i = 0; i < 300; i++) endless.feed(option(3))
    expect(endless.state).toBe('ended')
  })

  it('survives anything', () => {
    let seed = 1
    const random = (limit: number) => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
      return (seed >>> 8) % limit
    }
    for (let round = 0; round < 500; round++) {
      const negotiation = machine()
      const talk = Buffer.concat([
        FLAGS,
        option(3),
        option(6, GO.subarray(16)),
        option(random(12), Buffer.alloc(random(64), random(256))),
        GO,
      ])
      for (let i = 0; i < 3; i++) talk[random(talk.length)] = random(256)
      let fed = 0
      while (negotiation.state === 'talking' && fed < talk.length) {
        const piece = talk.subarray(fed, fed + 1 + random(40))
        fed += negotiation.feed(piece)
      }
      expect(['talking', 'chosen', 'ended']).toContain(negotiation.state)
    }
  })
})
