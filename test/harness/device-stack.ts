/**
 * Device stacks for stepped engines: levels whose drivers are closures of the test, top to bottom.
 * Runs on: the test's own thread.
 */
import type { Device } from '../../src/framework/device.js'
import type { DeviceInit } from '../../src/framework/device-init.js'
import type { IoQueueConfig } from '../../src/framework/io-queue-config.js'
import type { CompletionParams, IoTarget } from '../../src/framework/io-target.js'
import type { Request } from '../../src/framework/request.js'
import type { SendOptions } from '../../src/framework/request-sender.js'
import type { DeviceRole } from '../../src/irp/device-description.js'
import { driverUrl } from './inline-driver.js'
import { Requester } from './requester.js'
import { SteppedEngine, type SteppedOptions } from './stepped-engine.js'

export interface Level {
  readonly role?: DeviceRole
  /** Before the device is made. */
  readonly init?: (init: DeviceInit) => void
  /** Its default queue; none at all when absent. */
  readonly queue?: Partial<IoQueueConfig>
  /** After the queue has been made. */
  readonly build?: (device: Device) => void
}

export interface Stack {
  readonly engine: SteppedEngine
  readonly requester: Requester
  /** Top to bottom. */
  readonly devices: readonly Device[]
}

const FIRST_ID_BELOW = 100

/** An engine with one stack, started. */
export async function stackOf(levels: readonly Level[], options?: SteppedOptions): Promise<Stack> {
  const stack = await unstartedStack(levels, options)
  await stack.engine.framework().startDevice(0)
  return stack
}

/** An engine with one stack, added and not started. */
export async function unstartedStack(
  levels: readonly Level[],
  options?: SteppedOptions,
): Promise<Stack> {
  const engine = new SteppedEngine(options)
  const devices: Device[] = []
  const [top, ...below] = levels.map(({ role = 'function', ...level }) => ({
    role,
    parameters: {},
    driver: levelDriver(level, devices),
  }))
  if (top === undefined) throw new Error('a stack has at least one level')
  await engine.addDeviceStopped(top.driver, {
    role: top.role,
    below: below.map((level, i) => ({ id: FIRST_ID_BELOW + i, ...level })),
  })
  return { engine, requester: new Requester(engine), devices }
}

function levelDriver({ init, queue, build }: Level, devices: Device[]): string {
  return driverUrl({
    EvtDriverDeviceAdd(_driver, deviceInit) {
      init?.(deviceInit)
      const device = deviceInit.createDevice()
      // Levels are made bottom first.
      devices.unshift(device)
      if (queue !== undefined) {
        device.createIoQueue({ dispatchType: 'parallel', defaultQueue: true, ...queue })
      }
      build?.(device)
    },
  })
}

/** A level that keeps what comes to it in `held`. */
export function holding(held: Request[], level: Level = {}): Level {
  return { ...level, queue: { EvtIoDefault: (_queue, request) => void held.push(request) } }
}

/** A level that completes what comes to it, with as many bytes as were asked for. */
export function completing(level: Level = {}): Level {
  return {
    ...level,
    queue: {
      EvtIoDefault: (_queue, request) => request.completeWithInformation(0, request.length),
    },
  }
}

/** A level that hands everything on for good. */
export function forgetting(level: Level = {}): Level {
  return {
    ...level,
    queue: {
      EvtIoDefault(queue, request) {
        mustSend(request, queue.device.ioTarget, { sendAndForget: true })
      },
    },
  }
}

/** A level that sends everything on, sees the result and completes with it. */
export function relaying(
  seen: (params: CompletionParams, request: Request) => void = () => {},
  level: Level = {},
): Level {
  return {
    ...level,
    queue: {
      EvtIoDefault(queue, request) {
        relay(request, queue.device.ioTarget, seen)
      },
    },
  }
}

/** Sends `request` down and completes it with what comes back. */
export function relay(
  request: Request,
  target: IoTarget,
  seen: (params: CompletionParams, request: Request) => void = () => {},
  options: SendOptions = {},
): void {
  request.formatRequestUsingCurrentType()
  request.setCompletionRoutine((back, _target, params) => {
    seen({ status: params.status, information: params.information }, back)
    back.completeWithInformation(params.status, params.status < 0 ? 0 : params.information)
  })
  mustSend(request, target, options)
}

/** Sends; what was refused is completed with the reason. */
export function mustSend(request: Request, target: IoTarget, options: SendOptions = {}): void {
  if (!request.send(target, options)) request.complete(request.getStatus())
}

export type Act = (request: Request, target: IoTarget, device: Device) => unknown

/** A function level that does `act` with each request, over `lower`. */
export function acting(act: Act, lower: Level): Promise<Stack> {
  const top: Level = {
    queue: {
      EvtIoDefault(queue, request) {
        return act(request, queue.device.ioTarget, queue.device) as undefined
      },
    },
  }
  return stackOf([top, lower])
}
