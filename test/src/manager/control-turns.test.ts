import { describe, expect, it } from 'vitest'
import { ControlTurns } from '../../../src/manager/control-turns.js'

const closed = (value: unknown) =>
  expect.objectContaining({ name: 'EngineError', code: 'ERR_IRP_CLOSED', value })

function gate(): { opened: Promise<void>; open(): void } {
  const opening = new AbortController()
  const opened = new Promise<void>((resolve) => {
    opening.signal.addEventListener('abort', () => resolve())
  })
  return { opened, open: () => opening.abort() }
}

describe('control turns', () => {
  it('run one after the other, also behind one that fails', async () => {
    const turns = new ControlTurns(() => Promise.resolve())
    const order: string[] = []
    const first = gate()
    const one = turns.take(async () => {
      await first.opened
      order.push('one')
      throw new Error('one fails')
    })
    const two = turns.take(async () => void order.push('two'))
    first.open()
    await expect(one).rejects.toThrow('one fails')
    await two
    expect(order).toEqual(['one', 'two'])
  })

  it('wait until they may', async () => {
    const ready = gate()
    const turns = new ControlTurns(() => ready.opened)
    const order: string[] = []
    await turns.take(
      async () => void order.push('at once'),
      () => Promise.resolve(),
    )
    const later = turns.take(async () => void order.push('later'))
    order.push('ready')
    ready.open()
    await later
    expect(order).toEqual(['at once', 'ready', 'later'])
  })

  it('refuse users, and nobody else, once closed; what waits is refused, too', async () => {
    const turns = new ControlTurns(() => Promise.resolve())
    const running = gate()
    let hasEnded = false
    const current = turns.ask('disk0', async () => {
      await running.opened
      hasEnded = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    const waiting = turns.ask('disk1', () => Promise.resolve())
    const refused = waiting.catch((error: unknown) => error)
    const closing = turns.close()
    running.open()
    await closing
    expect(hasEnded).toBe(true)
    await current
    expect(await refused).toEqual(closed('disk1'))
    await expect(turns.ask('disk2', () => Promise.resolve())).rejects.toEqual(closed('disk2'))
    expect(() => turns.check('suspend')).toThrow(closed('suspend'))
    expect(await turns.take(() => Promise.resolve(1))).toBe(1)
  })
})
