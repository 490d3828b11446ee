import { EventEmitter } from 'node:events'
import { afterEach, expect, it, vi } from 'vitest'
import type { EngineEvents } from '../../../src/manager/engine-events.js'
import { EngineReports } from '../../../src/manager/engine-reports.js'

const LEAK = {
  owner: 'device disk0',
  kind: 'memory object',
  created: 'file:///driver.js:1:2',
  references: [
    { tag: 'io', count: 2 },
    { tag: '', count: 1 },
  ],
}

afterEach(() => {
  vi.restoreAllMocks()
})

function bench() {
  const engine = new EventEmitter<EngineEvents>()
  const warnings: string[] = []
  vi.spyOn(process, 'emitWarning').mockImplementation((text) => void warnings.push(String(text)))
  return { engine, reports: new EngineReports(engine, (worker) => `last of ${worker}`), warnings }
}

it('tells whoever listens', () => {
  const { engine, reports, warnings } = bench()
  const told: unknown[] = []
  engine.on('objectLeaked', (leak) => told.push(leak))
  engine.on('deviceLost', (device, _error, worker) => told.push(device, worker))
  engine.on('driverFault', ({ device }, worker) => told.push(device, worker))
  reports.objectLeaked(LEAK)
  reports.deviceLost('disk1', new Error('no'), 3)
  const error = { name: 'Error', message: 'no' }
  reports.driverFault({ device: 'disk2', callback: 'x', error }, 4)
  expect([told, warnings]).toEqual([[LEAK, 'disk1', 3, 'disk2', 4], []])
})

it('warns when nobody does, a few times', () => {
  const { reports, warnings } = bench()
  reports.objectLeaked(LEAK)
  reports.deviceLost('disk1', new Error('no'), 3)
  reports.workerDied(5, new Error('no'), [])
  for (let i = 0; i < 20; i++) reports.warn('stopping a device failed', 'why')
  expect(warnings.slice(0, 4)).toEqual([
    'a memory object of device disk0, created at file:///driver.js:1:2, is still referenced: 2 × "io", 1 × ""',
    'device "disk1" could not be brought back; last of 3\nthe reason: no',
    'worker 5 died; last of 5\nthe reason: no',
    'stopping a device failed: why',
  ])
  expect(warnings).toHaveLength(10)
})
