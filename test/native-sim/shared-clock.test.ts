import { once } from 'node:events'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { createSharedClock } from '../../native-sim/shared-clock.js'
import { built } from '../bench/fixtures/build-folder.js'

describe('createSharedClock', () => {
  it('reads alike on two threads, although each counts from its own start', async () => {
    const module = pathToFileURL(built('native-sim/shared-clock.js')).href
    const script = `import(${JSON.stringify(module)}).then(({ createSharedClock }) => {
      const clock = createSharedClock()
      const { parentPort } = require('node:worker_threads')
      parentPort.on('message', () => { parentPort.postMessage([clock(), performance.now()]); parentPort.close() })
      parentPort.postMessage('ready')
    })`
    const worker = new Worker(script, { eval: true })
    await once(worker, 'message')
    const clock = createSharedClock()
    const before = clock()
    worker.postMessage('now')
    const [readings]: [number, number][] = await once(worker, 'message')
    const [there, ownNow] = readings!
    const after = clock()
    expect(there).toBeGreaterThan(before - 1e6)
    expect(there).toBeLessThan(after + 1e6)
    expect(Math.abs(ownNow * 1e6 - there)).toBeGreaterThan(1e6)
  })
})
