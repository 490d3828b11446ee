/**
 * Worker actor: the thread of a Framework worker. It moves the shipped worker's body as `WorkerLoop.run` does, one
 * poll a step; while it polls or is parked, its event loop stands still.
 * Runs on: the simulation's one thread.
 */
import type { WorkerEvent, WorkerStart } from '../../src/workers/control-plane.js'
import type { WorkerBody } from '../../src/workers/worker-body.js'
import { Actor } from './actor.js'
import type { Kernel } from './kernel.js'
import { Killed, port, Recording, Suspended } from './port.js'
import type { Source } from './source.js'

/** What main sees of the thread. */
export interface WorkerEnd {
  /** The worker has left its loop. */
  left(): void
  /** The thread has ended in any other way. */
  died(reason: Error): void
}

type State = 'starting' | 'polling' | 'parking' | 'parked' | 'event loop' | 'hung' | 'over'

/** A worker takes at most so many submissions a poll. */
const LIMITS = [1, 2, 3, 128] as const
/** A killed thread makes at most so many accesses more. */
const LAST_ACCESSES = 80
/** Its exit is told that much later, at most. */
const EXIT_MS = 5

export class WorkerActor extends Actor {
  body: WorkerBody | undefined
  readonly worker: number
  readonly incarnation: number
  readonly #source: Source
  readonly #end: WorkerEnd
  #state: State = 'starting'
  #recording: Recording | undefined
  #parkedUntilMs = 0
  #wasWoken = false
  /** Terminated, and not dead yet. */
  #isDoomed = false

  constructor(kernel: Kernel, source: Source, start: WorkerStart, end: WorkerEnd) {
    super(kernel, `worker ${start.worker}.${start.incarnation}`)
    this.worker = start.worker
    this.incarnation = start.incarnation
    this.#source = source
    this.#end = end
  }

  get isHung(): boolean {
    return this.#state === 'hung'
  }

  /** The thread begins. */
  begin(start: WorkerStart, tell: (event: WorkerEvent) => void): void {
    this.body = new this.#source.WorkerBody(start, tell, null)
    this.#state = 'polling'
  }

  override get nextMs(): number {
    if (this.#isDoomed && this.#state !== 'over') return 0
    switch (this.#state) {
      case 'polling':
      case 'parking':
        return 0
      case 'parked':
        return this.#wasWoken ? 0 : this.#parkedUntilMs
      case 'starting':
      case 'event loop':
        return this.nextTaskMs
      default:
        return Infinity
    }
  }

  override step(): void {
    const isLast = this.#isDoomed
    if (isLast) {
      const dies = (): never => this.#dieInside(new Error('the thread was terminated'))
      this.kernel.afterAccesses(this.kernel.random.nextBelow(LAST_ACCESSES), dies)
    } else if (this.kernel.faults.strikes('worker death')) {
      const dies = (): never => this.#dieInside(new Error('the thread was killed'))
      this.kernel.afterAccesses(this.kernel.random.nextBelow(LAST_ACCESSES), dies)
    }
    const isSuccessor = this.#state === 'starting' && this.incarnation > 1
    if (isSuccessor && this.kernel.faults.strikes('early death')) {
      this.die(new Error('the thread was killed before it had said that it runs'))
    }
    this.#move()
    if (isLast && !this.isDead) this.die(new Error('the thread was terminated'))
  }

  #move(): void {
    switch (this.#state) {
      case 'polling':
        this.#poll()
        break
      case 'parking':
        this.#recording = new Recording()
        this.#park()
        break
      case 'parked':
        this.#wake()
        break
      case 'starting':
      case 'event loop':
        this.runTask()
        break
      default:
    }
  }

  override threw(error: unknown): void {
    if (this.isDead) return
    try {
      if (this.body === undefined) throw error
      this.body.failInPlace(error)
    } catch (fatal) {
      this.die(fatal as Error)
    }
  }

  /** Ends the thread soon, wherever it is. */
  terminate(): void {
    if (this.#state === 'over') return
    this.kernel.note(`${this.name} is terminated`)
    if (this.#state === 'hung' || this.#state === 'parked') {
      this.die(new Error('the thread was terminated'))
    } else this.#isDoomed = true
  }

  /** The code that runs never returns: it reaches nothing any more, and nobody is told. */
  hang(): never {
    this.kernel.note(`${this.name} hangs`)
    this.forget()
    this.#state = 'hung'
    port.left = 0
    throw new Killed()
  }

  /** The thread ends here; its exit is told later. */
  die(reason: Error): void {
    if (this.#state === 'over') return
    this.kernel.note(`${this.name} dies: ${reason.message}`)
    this.forget()
    this.#state = 'over'
    this.kernel.onWorkerDeath(this)
    const delayMs = this.kernel.within(EXIT_MS)
    this.kernel.main.post(`exit of ${this.name}`, delayMs, () => this.#end.died(reason))
  }

  #dieInside(reason: Error): never {
    this.die(reason)
    port.left = 0
    throw new Killed()
  }

  #poll(): void {
    const { loop } = this.body as WorkerBody
    this.#goOn(loop.poll(this.kernel.pick(LIMITS)))
  }

  #goOn(next: number): void {
    const { POLL_AGAIN, PARK, LEAVE } = this.#source
    if (next === POLL_AGAIN) this.#state = 'polling'
    else if (next === PARK) this.#state = 'parking'
    else if (next === LEAVE) this.#leave()
    else this.#giveWay(next)
  }

  #giveWay(next: number): void {
    this.#state = 'event loop'
    const { loop } = this.body as WorkerBody
    const back = (): void => {
      if (this.#state === 'event loop') this.#state = 'polling'
    }
    loop.giveWay(next).then(back, (error: unknown) => this.kernel.threw(error))
  }

  #leave(): void {
    this.kernel.note('leaves its loop')
    this.forget()
    this.#state = 'over'
    this.kernel.main.post(`exit of ${this.name}`, this.kernel.within(EXIT_MS), () =>
      this.#end.left(),
    )
  }

  /** Up to the wait, or past it when the call is made again. */
  #park(): void {
    const { loop } = this.body as WorkerBody
    port.recording = this.#recording
    try {
      this.#goOn(loop.park())
    } catch (error) {
      if (!(error instanceof Suspended)) throw error
      this.#suspend(error)
    } finally {
      port.recording = undefined
    }
  }

  #suspend({ key, timeoutMs }: Suspended): void {
    const { kernel } = this
    // The call will be made again, and count again.
    ;(this.body as WorkerBody).loop.sleeper.parks--
    this.#state = 'parked'
    this.#wasWoken = false
    this.#parkedUntilMs = kernel.nowMs + timeoutMs + kernel.within(1)
    const recording = this.#recording
    kernel.awaitParked(key, this, () => {
      if (this.#recording === recording) this.#wasWoken = true
    })
  }

  #wake(): void {
    this.#recording?.replay(this.#wasWoken)
    this.#park()
  }
}
