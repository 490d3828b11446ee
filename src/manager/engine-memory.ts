/**
 * Engine memory: the engine's own shared memory, made once at the start, and its audited sum. Runs on: main.
 */
import {
  ENGINE_ACCEPTING,
  ENGINE_CROWDED,
  ENGINE_MAGIC,
  ENGINE_MAGIC_VALUE,
  ENGINE_WORKER_COUNT,
  engineBytes,
} from '../abi/engine-layout.js'
import { RECORDER_BYTES } from '../abi/recorder-layout.js'
import { store, write } from '../sharedarraybuffer-queue/access.js'
import { allocateShared, type ArenaShare } from '../sharedarraybuffer-queue/arena.js'
import { isCrowded } from './engine-options.js'

/** The control block of an engine that takes requests. */
export function createControlBlock(workerCount: number): SharedArrayBuffer {
  const engine = allocateShared(engineBytes(workerCount))
  const words = new Int32Array(engine)
  write(words, ENGINE_MAGIC, ENGINE_MAGIC_VALUE)
  write(words, ENGINE_WORKER_COUNT, workerCount)
  write(words, ENGINE_CROWDED, isCrowded(workerCount) ? 1 : 0)
  store(words, ENGINE_ACCEPTING, 1)
  return engine
}

/** What an engine takes beside its channels. Each share is memory of its own. */
export function engineShares(workerCount: number): ArenaShare[] {
  const recorders = `engine: ${workerCount} in-flight recorders`
  return [
    { name: 'engine: control block', byteOffset: 0, byteLength: engineBytes(workerCount) },
    { name: recorders, byteOffset: 0, byteLength: workerCount * RECORDER_BYTES },
  ]
}
