import { expect, it } from 'vitest'
import {
  RECORD_DEVICE_ADDED,
  RECORD_DEVICE_REMOVED,
  RECORDER_BYTES,
} from '../../../src/abi/recorder-layout.js'
import type { DeviceDescription } from '../../../src/irp/device-description.js'
import { DeviceDirectory } from '../../../src/manager/device-directory.js'
import { FlightRecords } from '../../../src/manager/flight-records.js'
import { Recorder } from '../../../src/observe/in-flight-recorder.js'

function bench() {
  const memories = [0, 1].map(() => new SharedArrayBuffer(RECORDER_BYTES))
  const recorders = memories.map((memory) => new Recorder(memory, performance.timeOrigin))
  const directory = new DeviceDirectory()
  directory.add({ id: 7, name: 'disk', routes: [] } as unknown as DeviceDescription)
  const workers = {
    count: 2,
    recorderOf: (worker: number) => memories[worker] as SharedArrayBuffer,
  }
  return { recorders, directory, records: new FlightRecords(workers, directory) }
}

it('names devices, also those that went', () => {
  const { recorders, directory, records } = bench()
  recorders[1]?.write(RECORD_DEVICE_ADDED, 7)
  directory.remove('disk')
  recorders[1]?.write(RECORD_DEVICE_REMOVED, 7)
  recorders[1]?.write(RECORD_DEVICE_ADDED, 8)
  const texts = ['device disk added', 'device disk removed', 'device 8 added']
  expect(records.of(1).map(({ text }) => text)).toEqual(texts)
  expect(records.of(1, 1).map(({ text }) => text)).toEqual(texts.slice(2))
  expect(records.of(0)).toEqual([])
})

it('is text: all of every worker, or the last few of one', () => {
  const { recorders, records } = bench()
  for (let i = 0; i < 20; i++) recorders[0]?.write(RECORD_DEVICE_ADDED, 7)
  expect(records.text()).toMatch(
    /^in-flight records of worker 0: 20\n( +\d+ ms {2}device disk added\n){20}/,
  )
  expect(records.text()).toMatch(/\nin-flight records of worker 1: 0\n/)
  expect(records.last(0)).toMatch(
    /^the last records of worker 0:(\n +\d+ ms {2}device disk added){8}$/,
  )
})
