/**
 * An access to a shared context allocates nothing: the heap does not grow with a million of them. The bound is
 * wide: a single small object an access would be 16 MB and more.
 */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'
import type { ContextGrowth } from '../fixtures/threads/context-accesses.js'
import { threadScript } from './built.js'

const MAX_BYTES = 4_000_000

it('a million accesses of each kind do not make the heap grow', async () => {
  const thread = new Worker(threadScript('context-accesses'))
  const [growth] = (await once(thread, 'message')) as [ContextGrowth]
  expect(Object.keys(growth)).toHaveLength(7)
  expect(Object.entries(growth).filter(([, bytes]) => bytes > MAX_BYTES)).toEqual([])
})
