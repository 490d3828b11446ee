import { expect, it } from 'vitest'
import { WorkerLostError } from '../../../src/workers/worker-lost.js'

it('says which worker, what became of it, and what to do', () => {
  const error = new WorkerLostError(3, 'has died', 'why')
  expect(error).toMatchObject({
    name: 'WorkerLostError',
    code: 'ERR_IRP_WORKER_LOST',
    value: 3,
    cause: 'why',
  })
  expect(error.message).toMatch(/^worker 3 has died: try again/)
  expect('cause' in new WorkerLostError(3, 'has died')).toBe(false)
})
