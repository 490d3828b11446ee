import { availableParallelism } from 'node:os'
import { expect, it } from 'vitest'
import {
  ENGINE_ACCEPTING,
  ENGINE_CROWDED,
  ENGINE_MAGIC,
  ENGINE_MAGIC_VALUE,
  ENGINE_WORKER_COUNT,
  engineBytes,
} from '../../../src/abi/engine-layout.js'
import { createControlBlock, engineShares } from '../../../src/manager/engine-memory.js'

it('makes a control block that says what it is, for how many workers, and that it takes requests', () => {
  const words = new Int32Array(createControlBlock(3))
  expect(words[ENGINE_MAGIC]).toBe(ENGINE_MAGIC_VALUE)
  expect(words[ENGINE_WORKER_COUNT]).toBe(3)
  expect(words[ENGINE_ACCEPTING]).toBe(1)
})

it('says in the control block whether workers and a host outnumber the processors', () => {
  const processors = availableParallelism()
  for (const workers of [1, processors, 64]) {
    const words = new Int32Array(createControlBlock(workers))
    expect(words[ENGINE_CROWDED]).toBe(workers + 1 > processors ? 1 : 0)
  }
})

it('tells the memory that it took, more for more workers', () => {
  const [control, recorders] = engineShares(3)
  expect(control!.byteLength).toBe(engineBytes(3))
  expect(recorders!.name).toContain('3 in-flight recorders')
  expect(recorders!.byteLength).toBe(3 * engineShares(1)[1]!.byteLength)
})
