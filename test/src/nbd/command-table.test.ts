import { expect, it } from 'vitest'
import * as table from '../../../src/nbd/command-table.js'
import { RequestHeader } from '../../../src/nbd/wire.js'

it('a context carries a command and a segment, or none', () => {
  for (const command of [0, 1, 1023]) {
    for (const segment of [table.NO_SEGMENT, 0, 7, 30]) {
      const context = table.contextOf(command, segment)
      expect([table.commandOf(context), table.segmentOfContext(context)]).toEqual([
        command,
        segment,
      ])
    }
  }
})

it('entries are given out once, clean, with what the request said', () => {
  const commands = new table.CommandTable(2)
  const request = Object.assign(new RequestHeader(), { type: 999, cookieLo: -1, offset: 2 ** 40 })
  const [a, b] = [commands.acquire(request, 5), commands.acquire(request, 6)]
  expect([commands.acquire(request, 7), commands.inUse]).toEqual([-1, 2])
  expect(new Set([a, b])).toEqual(new Set([0, 1]))
  expect([commands.type[b], commands.cookieLo[b], commands.offset[b]]).toEqual([999, -1, 2 ** 40])
  expect(commands.startedMs[b]).toBe(6)
  for (const column of ['parts', 'error', 'due', 'blockAt'] as const) commands[column][a] = 1
  commands.release(a)
  expect(commands.acquire(request, 8)).toBe(a)
  for (const column of ['parts', 'error', 'due', 'blockAt'] as const) {
    expect(commands[column][a]).toBe(0)
  }
})
