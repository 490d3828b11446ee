/** The dump, on a process of the test's own; with a real one: test/thread/in-flight-records.test.ts. */
import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { DUMP_SIGNAL, dumpOnSignal } from '../../../src/manager/dump-on-signal.js'

it('writes what is there at each signal, until it is undone', () => {
  const host = new EventEmitter()
  const written: string[] = []
  let round = 0
  const undo = dumpOnSignal(
    DUMP_SIGNAL,
    () => `records ${++round}`,
    (text) => void written.push(text),
    host,
  )
  host.emit('SIGUSR2')
  host.emit('SIGUSR2')
  expect(written).toEqual(['records 1', 'records 2'])
  undo()
  expect(host.emit('SIGUSR2')).toBe(false)
})
