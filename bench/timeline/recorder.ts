/**
 * recorder.ts: an engine under load, watched: warm-up as any program would run, then a number of requests in a
 * row of which every step is stamped.
 *
 * Runs on: the main thread of the command, which is the host.
 *
 * A closed loop: as many requests in flight as asked for, in batches, the devices in turn. Stamping costs some
 * hundred nanoseconds a request, so distances are true and rates are not those of the benchmark.
 */
import { RecordingHost } from './recording-host.js'
import type { RecordedDevice, Recording, RecordingPlan } from './recording.js'
import { MOMENTS, momentIndex, stampBytes } from './stamp-layout.js'
import type { StampingParameters } from './stamping-driver.js'
import { processNowNs, threadClock } from './thread-clock.js'
import { cutSleeps } from './worker-watch.js'

const FEWEST_SLOTS = 64

/** Runs an engine by that plan from start to stop. Rejects when an answer is wrong or missing. */
export async function record(plan: RecordingPlan): Promise<Recording> {
  const { Engine: EngineClass } = await import('../../src/index.js')
  const { workers, requests } = plan
  const buffer = new SharedArrayBuffer(stampBytes(workers, requests))
  const originNs = processNowNs()
  const devices = Array.from({ length: workers }, (_, device) => {
    const common = { stamps: buffer, originNs, devices: workers, handlerUs: plan.handlerUs }
    const parameters: StampingParameters = { ...common, device }
    return {
      name: `stamped${device}`,
      driver: new URL('./stamping-driver.js', import.meta.url),
      worker: device,
      parameters: { ...parameters },
    }
  })
  const slots = Math.max(FEWEST_SLOTS, 2 ** Math.ceil(Math.log2(plan.depth)))
  const engine = await EngineClass.start({ workers, slots, bufferBytes: 4096, devices })
  const host = new RecordingHost(engine, plan, threadClock(originNs))
  try {
    await host.run(await Promise.all(devices.map(({ name }) => engine.open(name))))
  } finally {
    await engine.stop()
  }
  const stamps = new Float64Array(buffer)
  const sampled = host.sampled(stamps)
  const works = devices.map((_, device) =>
    sampled.filter((request) => request.device === device).map(({ dispatch }) => dispatch),
  )
  return {
    workers,
    devices: devices.map(({ name }, device) => readDevice(stamps, name, device)),
    requests: sampled,
    hostSpans: host.spans,
    workerSpans: cutSleeps(host.watch.spans(), works),
    workerSamples: host.workerSamples,
  }
}

function readDevice(stamps: Float64Array, name: string, device: number): RecordedDevice {
  const first = momentIndex(device)
  const moments = MOMENTS.map((moment, index) => ({ name: moment, at: stamps[first + index]! }))
  return { name, worker: device, moments: moments.filter(({ at }) => at !== 0) }
}
