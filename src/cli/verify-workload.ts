/**
 * verify-workload.ts: generated requests for a driver under the verifier: all kinds, many sizes, some cancelled or
 * timed out, with the device going down and up meanwhile. A seed gives the same requests in the same order.
 *
 * Runs on: the main thread of the command.
 */
import { ctlCode, type Engine, type IrpFile, METHOD_BUFFERED, METHOD_OUT_DIRECT } from '../index.js'

const AT_ONCE = 16
const MAX_BYTES = 4096
const MAX_OFFSET = 65_536
const BLOCK = 512
/** Every request is cancelled after that time. */
const LONGEST_MS = 500
/** A driver that ends nothing for so long has no more to do: it keeps requests, and must not keep the command. */
const STUCK_MS = 2000
const POWER_EVERY = 500

/**
 * Sends `count` requests to the device and waits for them, unless its driver keeps them. How they end is nobody's
 * business here.
 */
export async function runVerifyWorkload(
  engine: Engine,
  device: string,
  count: number,
  seed: number,
): Promise<void> {
  const draw = drawer(seed)
  const file = await engine.open(device)
  const underWay = new Set<Promise<unknown>>()
  for (let i = 0; i < count; i++) {
    if (i % POWER_EVERY === POWER_EVERY - 1) await powerCycle(engine, device)
    const request = send(file, draw).catch(() => {})
    underWay.add(request)
    void request.then(() => underWay.delete(request))
    if (underWay.size >= AT_ONCE && !(await endsInTime(Promise.race(underWay)))) return
  }
  while (underWay.size > 0) if (!(await endsInTime(Promise.race(underWay)))) return
  await file.close().catch(() => {})
}

async function endsInTime(ended: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, STUCK_MS, false)
  })
  const isInTime = await Promise.race([ended.then(() => true), late])
  clearTimeout(timer)
  return isInTime
}

async function powerCycle(engine: Engine, device: string): Promise<void> {
  const control = engine.device(device)
  await control.setPower('D3').catch(() => {})
  await control.setPower('D0').catch(() => {})
}

function send(file: IrpFile, draw: (below: number) => number): Promise<unknown> {
  const buffer = new Uint8Array(BLOCK * (1 + draw(MAX_BYTES / BLOCK)))
  const length = draw(4) === 0 ? draw(buffer.length + 1) : buffer.length
  const bytes = buffer.subarray(0, length)
  const offset = draw(MAX_OFFSET / BLOCK) * BLOCK
  const options = {
    offset,
    rejectOnFailure: false,
    timeoutMs: draw(8) === 0 ? 1 : LONGEST_MS,
    ...(draw(8) === 0 ? { signal: soon() } : {}),
  }
  switch (draw(6)) {
    case 0:
    case 1:
      return file.read(bytes, options)
    case 2:
    case 3:
      return file.write(bytes.fill(draw(256)), options)
    case 4:
      return file.ioctl(code(draw), bytes, bytes, options)
    default:
      return draw(4) === 0
        ? file.flush(options)
        : file.internalIoctl(code(draw), bytes, bytes, options)
  }
}

function code(draw: (below: number) => number): number {
  const method = draw(2) === 0 ? METHOD_BUFFERED : METHOD_OUT_DIRECT
  return ctlCode(0x22, 0x800 + draw(8), method, 0)
}

/** A signal that aborts in a moment. */
function soon(): AbortSignal {
  const controller = new AbortController()
  setImmediate(() => controller.abort())
  return controller.signal
}

/** Whole numbers below a limit (Mulberry32). */
function drawer(seed: number): (below: number) => number {
  let state = seed | 0
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
