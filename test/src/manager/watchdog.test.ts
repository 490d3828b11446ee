/** When the watchdog takes a worker for hung, on a clock of the test's own. */
import { beforeEach, describe, expect, it } from 'vitest'
import {
  engineBytes,
  WORKER_ACCUSED,
  WORKER_HEARTBEAT,
  workerBlockWord,
} from '../../../src/abi/engine-layout.js'
import { Watchdog } from '../../../src/manager/watchdog.js'
import { add } from '../../../src/sharedarraybuffer-queue/access.js'

const PATIENCE_MS = 1000
const words = new Int32Array(new SharedArrayBuffer(engineBytes(2)))
const beat = (worker: number): number => add(words, workerBlockWord(worker) + WORKER_HEARTBEAT, 1)

let events: string[] = []
let alive = [true, true]
let progress = [0, 0]
let watchdog: Watchdog

beforeEach(() => {
  words.fill(0)
  events = []
  alive = [true, true]
  progress = [0, 0]
  watchdog = new Watchdog(PATIENCE_MS, words, {
    count: 2,
    isAlive: (worker) => alive[worker] === true,
    nudge: (worker) => events.push(`nudge ${worker}`),
    progressOf: (worker) => progress[worker] as number,
    onHung: (worker, silentMs) => events.push(`hung ${worker} after ${silentMs}`),
    onCorrupt: (worker) => events.push(`corrupt ${worker}`),
  })
  watchdog.look(0)
})

describe('watchdog', () => {
  it('hears an accusation once, and none of a worker that has died already', () => {
    add(words, workerBlockWord(1) + WORKER_ACCUSED, 2)
    watchdog.look(10)
    watchdog.look(20)
    expect(events).toEqual(['corrupt 1'])
    alive[1] = false
    add(words, workerBlockWord(1) + WORKER_ACCUSED, 1)
    watchdog.look(30)
    alive[1] = true
    watchdog.look(40)
    expect(events).toEqual(['corrupt 1'])
  })

  it('leaves workers alone that beat', () => {
    for (let ms = 100; ms <= 5000; ms += 100) {
      beat(0)
      beat(1)
      watchdog.look(ms)
    }
    expect(events).toEqual([])
  })

  it('nudges a silent worker at half of its patience, and ends it at the end', () => {
    for (let ms = 100; ms <= 1400; ms += 100) {
      beat(1)
      watchdog.look(ms)
    }
    expect(events).toEqual(['nudge 0', 'hung 0 after 1000'])
  })

  it('takes the beat that a nudge brings for a sign of life', () => {
    for (let ms = 100; ms <= 3000; ms += 100) {
      beat(1)
      if (events.at(-1) === 'nudge 0') {
        beat(0)
        events.push('beat')
      }
      watchdog.look(ms)
    }
    expect(events.filter((event) => event.startsWith('hung'))).toEqual([])
    expect(events.filter((event) => event === 'nudge 0').length).toBeGreaterThan(1)
  })

  it('takes a newly presented request for a sign of life', () => {
    for (let ms = 100; ms <= 5000; ms += 100) {
      beat(1)
      if (ms % 300 === 0) progress[0] = ms
      watchdog.look(ms)
    }
    expect(events.filter((event) => event.startsWith('hung'))).toEqual([])
  })

  it('does not end a worker at the first look after the whole process stood still', () => {
    beat(1)
    watchdog.look(60_000)
    expect(events).toEqual(['nudge 0'])
    beat(0)
    watchdog.look(60_100)
    expect(events).toEqual(['nudge 0'])
  })

  it('leaves a worker alone that is dead already', () => {
    alive = [false, false]
    for (let ms = 100; ms <= 5000; ms += 100) watchdog.look(ms)
    expect(events).toEqual([])
  })
})
