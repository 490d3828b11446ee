/**
 * Section 4.4, acceptance case E7 for stacks: whatever levels, targets and cancels do in any order, each request
 * ends exactly once. Stepped, seeded: a failure names its seed.
 */
import { expect, it } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import type { Device } from '../../src/framework/device.js'
import type { IoTarget } from '../../src/framework/io-target.js'
import { REQUEST_FREE } from '../../src/dispatch/dispatched-request.js'
import type { Request } from '../../src/framework/request.js'
import { Random } from '../../native-sim/random.js'
import { type Level, mustSend, relay, type Stack, stackOf } from '../harness/device-stack.js'

const SEEDS = 400
const STEPS = 120
const ALLOWED = new Set([
  nt.STATUS_SUCCESS,
  nt.STATUS_CANCELLED,
  nt.STATUS_DEVICE_REMOVED,
  nt.STATUS_INVALID_DEVICE_STATE,
  // What a purged or stopped target says, as a host sees it.
  nt.toIoStatus(nt.STATUS_WDF_DEVICE_REMOVED_NOT_SENT),
])

/** A request that a driver keeps, and the use of the object that it is. */
interface Held {
  readonly request: Request
  readonly sequence: number
}

class Schedule {
  readonly ended = new Set<number>()
  readonly complaints: string[] = []
  readonly handles = new Map<number, number>()
  private readonly held: Held[] = []
  private readonly random: Random
  private issued = 0

  constructor(seed: number) {
    this.random = new Random(seed)
  }

  below(limit: number): number {
    return this.random.nextBelow(limit)
  }

  /** A level whose handler does something else each time. */
  level(role: Level['role'], isLowest: boolean): Level {
    return {
      role: role ?? 'function',
      queue: {
        ...(this.below(2) === 0 ? { numberOfPresentedRequests: 3 } : {}),
        EvtIoDefault: (queue, request) => this.handle(request, queue.device, isLowest),
      },
    }
  }

  private handle(request: Request, device: Device, isLowest: boolean): void {
    const choice = this.below(isLowest ? 3 : 6)
    if (choice === 0) request.complete(nt.STATUS_SUCCESS)
    else if (choice === 1) this.held.push({ request, sequence: request.sequence })
    else if (choice === 2) this.arm(request)
    else if (choice === 3) mustSend(request, device.ioTarget, { sendAndForget: true })
    else relay(request, device.ioTarget)
  }

  private arm(request: Request): void {
    request.markCancelable((own: Request) => own.complete(nt.STATUS_CANCELLED))
    if (request.state !== REQUEST_FREE) this.held.push({ request, sequence: request.sequence })
  }

  step({ engine, requester, devices }: Stack): void {
    const target = (devices[this.below(devices.length - 1)] as Device).ioTarget
    switch (this.below(10)) {
      case 0:
      case 1:
      case 2:
        if (engine.channel.inFlight < 30) this.issue(requester)
        break
      case 3:
      case 4:
        this.cancelOne(engine.channel)
        break
      case 5:
        this.change(target)
        break
      case 6:
      case 7:
        this.completeOne()
        break
      default:
        engine.channel.submit()
        engine.step()
        this.collect(engine.reap())
    }
  }

  private issue(requester: Stack['requester']): void {
    const context = this.issued++
    this.handles.set(context, requester.read(context))
  }

  private cancelOne(channel: Stack['engine']['channel']): void {
    const handles = [...this.handles.values()]
    if (handles.length > 0) channel.cancel(handles[this.below(handles.length)] as number)
  }

  private change(target: IoTarget): void {
    const action = this.below(6)
    if (action === 0) void target.stop('cancelSentIo')
    else if (action === 1) void target.stop('leaveSentIoPending')
    else if (action === 2) void target.purge('purgeIo')
    else target.start()
  }

  completeOne(): boolean {
    const [one] = this.held.splice(this.below(Math.max(1, this.held.length)), 1)
    if (one === undefined) return false
    const { request, sequence } = one
    if (request.state === REQUEST_FREE || request.sequence !== sequence) return true
    const isArmed = !request.isOwned
    if (isArmed && request.unmarkCancelable() !== nt.STATUS_SUCCESS) return true
    request.complete(nt.STATUS_SUCCESS)
    return true
  }

  collect(completions: readonly { readonly context: number; readonly status: number }[]): void {
    for (const { context, status } of completions) {
      if (!ALLOWED.has(status)) this.complaints.push(`request ${context} ended with ${status}`)
      if (this.ended.has(context)) this.complaints.push(`request ${context} ended again`)
      this.ended.add(context)
      this.handles.delete(context)
    }
  }

  get total(): number {
    return this.issued
  }
}

/** What was wrong with the schedule of that seed. */
async function run(seed: number): Promise<string[]> {
  const schedule = new Schedule(seed)
  const stack = await stackOf(
    [
      schedule.level('filter', false),
      schedule.level('function', false),
      schedule.level('bus', true),
    ],
    { slots: 32 },
  )
  const { engine, devices } = stack
  for (let i = 0; i < STEPS; i++) schedule.step(stack)
  if (seed % 2 === 0) {
    for (const device of devices) if (device.lower !== null) device.ioTarget.start()
    do {
      schedule.collect(engine.run())
    } while (schedule.completeOne())
  }
  // Odd seeds: the stack goes with everything in it.
  schedule.collect(engine.run())
  await engine.framework().stopDevice(0)
  schedule.collect(engine.run())
  const { complaints, ended, total } = schedule
  for (const { error } of engine.faults) complaints.push(error.message)
  if (ended.size !== total) complaints.push(`${total - ended.size} requests never ended`)
  if (engine.framework().outstanding !== 0) complaints.push('requests are left on the worker')
  return complaints.map((complaint) => `seed ${seed}: ${complaint}`)
}

it(`4.4 ${SEEDS} random schedules of a stack: each request ends exactly once`, async () => {
  const complaints: string[] = []
  for (let seed = 1; seed <= SEEDS; seed++) complaints.push(...(await run(seed)))
  expect(complaints).toEqual([])
})
