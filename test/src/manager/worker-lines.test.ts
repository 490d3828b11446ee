import { expect, it } from 'vitest'
import { engineBytes, WORKER_DOORBELL, workerBlockWord } from '../../../src/abi/engine-layout.js'
import { WorkerLines } from '../../../src/manager/worker-lines.js'

const engine = new SharedArrayBuffer(engineBytes(2))

it('gives each worker’s lines once, with that worker’s doorbell', () => {
  const lines = new WorkerLines(2, engine)
  const [first, second] = lines.allocate(1, 2)
  expect(first?.line).not.toBe(second?.line)
  expect(first?.block).toBe(lines.blocks[1])
  expect(first?.doorbell).toEqual({ buffer: engine, word: workerBlockWord(1) + WORKER_DOORBELL })
  expect(lines.allocate(0, 1)[0]?.block).toBe(lines.blocks[0])
})

it('refuses more than there are, and keeps none of them', () => {
  const lines = new WorkerLines(1, engine)
  expect(() => lines.allocate(0, 1000)).toThrow(
    expect.objectContaining({ code: 'ERR_IRP_OPTION', value: 1000 }) as Error,
  )
  expect(lines.allocate(0, 64)).toHaveLength(64)
})
