/**
 * Device resources: what simulated hardware gave for a device, checked before a worker hears of it. Runs on: main.
 * A wrong line would interrupt nobody, or somebody else; registers have one driver, who alone posts writes to them.
 */
import { identityOfBlock, isInterruptBlock, type LineDescriptor } from '../irp/interrupt-block.js'
import { EngineError } from './errors.js'
import type { WorkerLines } from './worker-lines.js'

/** What a device's driver gets of its hardware, as far as it is anybody's business here: all of it may be wrong. */
interface Resources {
  readonly bar?: unknown
  readonly interrupts?: readonly unknown[]
  readonly commonBuffer?: unknown
}

/** A device that is there, with its hardware. */
export interface ResourceOwner {
  readonly name: string
  readonly hardware?: object
}

/** The hardware of a device, and the worker that its lines interrupt: undefined without lines. */
export interface CheckedResources {
  readonly hardware?: object
  readonly worker: number | undefined
}

const TRIGGERS: readonly unknown[] = ['message', 'level']

/** @throws EngineError ERR_IRP_OPTION for anything but `resources` of simulated hardware that no device of `owners` has. */
export function checkResources(
  name: string,
  hardware: unknown,
  lines: WorkerLines,
  owners: Iterable<ResourceOwner>,
): CheckedResources {
  if (hardware === undefined) return { worker: undefined }
  if (!isResources(hardware)) {
    refuse(name, 'is not what simulated hardware gives: pass its `resources`', hardware)
  }
  const { bar, interrupts = [], commonBuffer } = hardware
  if (bar !== undefined && !(bar instanceof SharedArrayBuffer)) {
    refuse(name, 'has a `bar` that is not shared memory: pass the `resources` as they are', bar)
  }
  if (commonBuffer !== undefined && !isShared(commonBuffer)) {
    refuse(
      name,
      'has a `commonBuffer` without shared memory: pass the `resources` as they are',
      commonBuffer,
    )
  }
  for (const owner of owners) {
    if (bar !== undefined && barOf(owner) === bar) {
      refuse(name, `is that of device "${owner.name}": remove that device first`, owner.name)
    }
  }
  return { hardware, worker: workerOf(name, interrupts, lines) }
}

/** Simulated hardware itself has threads and promises; what a driver gets of it has not. */
function isResources(hardware: unknown): hardware is Resources {
  if (typeof hardware !== 'object' || hardware === null || 'resources' in hardware) return false
  const { bar, interrupts, commonBuffer } = hardware as Resources
  if (bar === undefined && interrupts === undefined && commonBuffer === undefined) return false
  return interrupts === undefined || Array.isArray(interrupts)
}

function barOf({ hardware = {} }: ResourceOwner): unknown {
  return 'bar' in hardware ? hardware.bar : undefined
}

function isShared(commonBuffer: unknown): boolean {
  return (commonBuffer as { buffer?: unknown } | null)?.buffer instanceof SharedArrayBuffer
}

function workerOf(
  name: string,
  interrupts: readonly unknown[],
  lines: WorkerLines,
): number | undefined {
  let home: number | undefined
  for (const interrupt of interrupts) {
    const { line, trigger } = (interrupt ?? {}) as {
      line?: LineDescriptor | null
      trigger?: unknown
    }
    const worker = isLine(line) ? lines.workerOf(line) : undefined
    if (worker === undefined) {
      refuse(
        name,
        'has an interrupt that is no line of this engine: allocateInterruptLines gives them',
        line,
      )
    }
    if (!TRIGGERS.includes(trigger)) {
      refuse(name, "has an interrupt whose `trigger` is not 'message' or 'level'", trigger)
    }
    home ??= worker
    if (home !== worker) {
      refuse(name, `has lines of workers ${home} and ${worker}: a device lives on one`, worker)
    }
  }
  return home
}

/**
 * Lines that are to be released. @throws EngineError ERR_IRP_OPTION for what is no list of lines, or when a device of
 * `owners` still has one.
 */
export function checkLines(
  lines: unknown,
  owners: Iterable<ResourceOwner>,
): readonly LineDescriptor[] {
  if (!Array.isArray(lines) || !lines.every(isLine)) {
    throw new EngineError(
      'ERR_IRP_OPTION',
      'releaseInterruptLines takes what allocateInterruptLines gave',
      lines,
    )
  }
  const given: readonly LineDescriptor[] = lines
  for (const { name, hardware = {} } of owners) {
    const { interrupts = [] } = hardware as { interrupts?: readonly { line: LineDescriptor }[] }
    const taken = given.find((line) => interrupts.some((own) => isSame(own.line, line)))
    if (taken === undefined) continue
    throw new EngineError(
      'ERR_IRP_OPTION',
      `interrupt line ${taken.line} is the device "${name}"'s: remove the device and stop its hardware first`,
      taken,
    )
  }
  return given
}

function isSame(a: LineDescriptor, b: LineDescriptor): boolean {
  return a.line === b.line && identityOfBlock(a.block) === identityOfBlock(b.block)
}

function isLine(line: unknown): line is LineDescriptor {
  const { block, line: number } = (line ?? {}) as Partial<LineDescriptor>
  return block instanceof SharedArrayBuffer && isInterruptBlock(block) && Number.isInteger(number)
}

function refuse(name: string, what: string, value: unknown): never {
  throw new EngineError('ERR_IRP_OPTION', `hardware of device "${name}" ${what}`, value)
}
