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

it('refuses what is no number of lines', () => {
  const lines = new WorkerLines(1, engine)
  for (const count of [-1, 1.5, NaN, '2' as unknown as number]) {
    expect(() => lines.allocate(0, count)).toThrow(
      expect.objectContaining({ code: 'ERR_IRP_OPTION', value: count }) as Error,
    )
  }
  expect(lines.allocate(0, 0)).toEqual([])
})

it('knows the worker of a line that is given, and of its clone', () => {
  const lines = new WorkerLines(2, engine)
  const [line] = lines.allocate(1, 1)
  expect(lines.workerOf(line!)).toBe(1)
  expect(lines.workerOf(structuredClone(line!))).toBe(1)
  expect(lines.workerOf({ ...line!, line: 63 })).toBeUndefined()
  expect(new WorkerLines(2, engine).workerOf(line!)).toBeUndefined()
  lines.release([line!])
  expect(lines.workerOf(line!)).toBeUndefined()
})

it('takes lines back, each once, and gives them again', () => {
  const lines = new WorkerLines(1, engine)
  const refused = expect.objectContaining({ code: 'ERR_IRP_OPTION' }) as Error
  const all = lines.allocate(0, 64)
  expect(() => lines.release([all[3]!, structuredClone(all[3]!)])).toThrow(refused)
  lines.release(structuredClone(all.slice(0, 2)))
  expect(() => lines.release(all.slice(1, 3))).toThrow(refused)
  const again = lines.allocate(0, 2).map(({ line }) => line)
  expect(again.toSorted((a, b) => a - b)).toEqual(all.slice(0, 2).map(({ line }) => line))
  expect(() => lines.allocate(0, 1)).toThrow(refused)
})
