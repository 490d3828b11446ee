/** Signals, on a process of the test's own. */
import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { addLedgers } from '../../../src/irp/ledger.js'
import { type SignalledProcess, stopOnSignals } from '../../../src/manager/stop-on-signals.js'

class FakeProcess extends EventEmitter implements SignalledProcess {
  readonly exits: number[] = []

  exit(code: number): void {
    this.exits.push(code)
  }
}

const ledger = addLedgers([])
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

it('stops the engine in order, tells the ledger, exits with 0', async () => {
  const host = new FakeProcess()
  const calls: unknown[] = []
  const engine = {
    stop: (options: object) => Promise.resolve(void calls.push(options)),
    ledger: () => ledger,
  }
  const onStopped = (told: object, signal: string): void => void calls.push([told, signal])
  stopOnSignals(engine, { timeoutMs: 7, onStopped }, host)
  host.emit('SIGTERM')
  await soon()
  expect(calls).toEqual([{ timeoutMs: 7 }, [ledger, 'SIGTERM']])
  expect(host.exits).toEqual([0])
})

it('ends at once on a second signal', async () => {
  const host = new FakeProcess()
  stopOnSignals({ stop: () => new Promise(() => {}), ledger: () => ledger }, {}, host)
  host.emit('SIGINT')
  await soon()
  expect(host.exits).toEqual([])
  host.emit('SIGTERM')
  expect(host.exits).toEqual([143])
})

it('listens to the signals it is told, until it is undone', () => {
  const host = new FakeProcess()
  const undo = stopOnSignals(
    { stop: () => Promise.resolve(), ledger: () => ledger },
    { signals: ['SIGHUP'] },
    host,
  )
  expect(host.eventNames()).toEqual(['SIGHUP'])
  undo()
  expect(host.eventNames()).toEqual([])
})

it('exits with 1 when stopping fails', async () => {
  const host = new FakeProcess()
  const fails = {
    stop: () => Promise.reject(new Error('expected in this test')),
    ledger: () => ledger,
  }
  stopOnSignals(fails, {}, host)
  host.emit('SIGTERM')
  await soon()
  expect(host.exits).toEqual([1])
})
