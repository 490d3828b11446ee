/** What workers ask of main: an answer goes to the thread that asked, or to nobody. */
import { expect, it } from 'vitest'
import type { DeviceDescription } from '../../../src/irp/device-description.js'
import type { ChannelRegistry } from '../../../src/manager/channel-registry.js'
import { DeviceDirectory } from '../../../src/manager/device-directory.js'
import { WorkerRequests } from '../../../src/manager/worker-requests.js'
import type { WorkerSet } from '../../../src/manager/worker-set.js'

/** A worker whose thread dies, if asked to, while main works on its request. */
function rig(diesMeanwhile: boolean): { requests: WorkerRequests; told: string[] } {
  const told: string[] = []
  let incarnation = 1
  const control = new Proxy(
    {},
    { get: (_target, name) => () => void told.push(`${String(name)} to ${incarnation}`) },
  )
  const workers = {
    devices: new Map([[7, { workers: [0, 1], spec: {} }]]),
    returning: { whenBack: async () => {} },
    incarnationOf: () => incarnation,
    call: async (_worker: number, invoke: (one: unknown) => unknown) => invoke(control),
    ask: async () => {
      if (diesMeanwhile) incarnation++
    },
  }
  const channels = {
    forWorker: async () => {
      if (diesMeanwhile) incarnation++
    },
  }
  const requests = new WorkerRequests(
    workers as unknown as WorkerSet,
    channels as unknown as ChannelRegistry,
    new DeviceDirectory([{ name: 'disk' } as DeviceDescription]),
  )
  return { requests, told }
}

const CHANGE = { kind: 'changeQueue', token: 3, device: 7, queue: 0, change: 'stop' } as const

it('answers the worker that asked', async () => {
  const { requests, told } = rig(false)
  await requests.answer(0, CHANGE)
  await requests.answer(0, { kind: 'openRemote', device: 'nobody', token: 1, opener: 8 })
  expect(told).toEqual(['queueChanged to 1', 'remoteOpened to 1'])
})

it('answers nobody when that thread has died: its successor has asked nothing', async () => {
  const { requests, told } = rig(true)
  await requests.answer(0, CHANGE)
  await requests.answer(0, { kind: 'openRemote', device: 'disk', token: 1, opener: 8 })
  expect(told).toEqual([])
})
