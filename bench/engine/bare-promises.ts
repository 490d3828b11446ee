/**
 * bare-promises.ts: what promises alone cost: as many clients as the promise API's scenario has, answered by the
 * thread that waits for them. No engine, no other thread, no request: a limit for any promise API.
 *
 * Runs on: the main thread of a child process.
 *
 * Answers are given in a nextTick, all that are due at once, as the engine gives them; after some rounds the
 * event loop gets its turn.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { MeasurementWindow } from '../measurement-window.js'
import type { Measurement, Scenario, ScenarioContext } from '../scenario.js'
import { ENGINE_GROUP } from './groups.js'

const DEPTH = 64
const ROUNDS_PER_TURN = 32
const OFFSET_STEP = 512
const OFFSET_MASK = 0x0fff_ffff
/** As the promise API's scenario has it: collector and compiler settle late where promises are made. */
const WARM_UP_MS = 600

interface Answer {
  readonly status: number
  readonly information: number
}

/** Answers each question with its offset, in the tick after it was asked. */
class Answerer {
  readonly #waiting: ((answer: Answer) => void)[] = []
  readonly #offsets = new Int32Array(DEPTH)
  #asked = 0
  #answered = 0
  #rounds = 0
  #isDue = false
  #newest: (answer: Answer) => void = nobody
  readonly #capture = (resolve: (answer: Answer) => void): void => {
    this.#newest = resolve
  }
  readonly #answerAll = (): void => {
    this.#isDue = false
    const until = this.#asked
    while (this.#answered !== until) {
      const place = this.#answered++ % DEPTH
      this.#waiting[place]!({ status: 0, information: this.#offsets[place]! })
    }
  }

  /** Options are an object of their own each time, as those of the promise API are. */
  ask({ offset }: { readonly offset: number }): Promise<Answer> {
    const promise = new Promise(this.#capture)
    const place = this.#asked++ % DEPTH
    this.#waiting[place] = this.#newest
    this.#offsets[place] = offset
    if (!this.#isDue) {
      this.#isDue = true
      if (++this.#rounds % ROUNDS_PER_TURN === 0) setImmediate(this.#answerAll)
      else process.nextTick(this.#answerAll)
    }
    return promise
  }
}

interface Load {
  completed: number
  wrong: number
  isOver: boolean
}

async function barePromiseClient(load: Load, answerer: Answerer): Promise<void> {
  let offset = 0
  while (!load.isOver) {
    const { status, information } = await answerer.ask({ offset })
    if (status !== 0 || information !== offset) load.wrong++
    load.completed++
    offset = (offset + OFFSET_STEP) & OFFSET_MASK
  }
}

async function run({ warmupMs, durationMs }: ScenarioContext): Promise<Measurement> {
  const load: Load = { completed: 0, wrong: 0, isOver: false }
  const answerer = new Answerer()
  const clients = Array.from({ length: DEPTH }, () => barePromiseClient(load, answerer))
  await delay(Math.max(warmupMs, Math.min(WARM_UP_MS, 2 * durationMs)))
  const window = new MeasurementWindow()
  const before = load.completed
  window.begin()
  await delay(durationMs)
  const figures = window.end()
  const operations = load.completed - before
  load.isOver = true
  await Promise.all(clients)
  return { operations, ...figures, checksumOk: load.wrong === 0 }
}

export const barePromiseScenario: Scenario = {
  name: `limit/promises/depth-${DEPTH}`,
  unit: 'promises/s',
  group: ENGINE_GROUP,
  title: `the limit of a promise API: ${DEPTH} promises settled by their own thread, no engine`,
  isExtra: true,
  run,
}

function nobody(): void {}
