/**
 * Device hardware, as main sees it: what a device is given of simulated hardware, and the worker that its interrupt
 * lines lead to, where the device has to live. Runs on: main.
 */
import type { LineDescriptor } from '../irp/interrupt-block.js'
import { EngineError } from './errors.js'
import { workerOfLine } from './worker-lines.js'

/** The lines of a device's hardware; none for what has none. @throws EngineError ERR_IRP_OPTION for anything else. */
export function linesOf(name: string, hardware: unknown): readonly LineDescriptor[] {
  if (hardware === undefined) return []
  if (typeof hardware !== 'object' || hardware === null) refuse(name, hardware)
  const { interrupts = [], bar } = hardware as { interrupts?: unknown; bar?: unknown }
  if (!Array.isArray(interrupts)) refuse(name, hardware)
  if (bar !== undefined && !(bar instanceof SharedArrayBuffer)) refuse(name, hardware)
  const lines = interrupts.map((resource: { line?: LineDescriptor } | null) => resource?.line)
  if (!lines.every(isLine)) refuse(name, hardware)
  return lines as LineDescriptor[]
}

/**
 * The home of a device with that hardware: the worker of its lines; `wanted`, or undefined, when it has none.
 * @throws EngineError ERR_IRP_OPTION when the lines are of several workers, of another one than `wanted`, or of
 *   none.
 */
export function homeOfHardware(
  name: string,
  hardware: unknown,
  wanted: number | undefined,
  workers: number,
): number | undefined {
  const [home, ...others] = [...new Set(linesOf(name, hardware).map(workerOfLine))]
  if (home === undefined) return wanted
  if (!(Number.isInteger(home) && home >= 0 && home < workers)) {
    throw new EngineError(
      'ERR_IRP_OPTION',
      `the hardware of device "${name}" has interrupt lines of another engine: allocate them with this one`,
      hardware,
    )
  }
  if (others.length > 0) {
    throw new EngineError(
      'ERR_IRP_OPTION',
      `the hardware of device "${name}" has interrupt lines of workers ${[home, ...others].join(' and ')}: ` +
        'allocate all of them from one worker',
      hardware,
    )
  }
  if (wanted !== undefined && wanted !== home) {
    throw new EngineError(
      'ERR_IRP_OPTION',
      `device "${name}" cannot live on worker ${wanted}: its hardware's interrupt lines are those of worker ${home}`,
      wanted,
    )
  }
  return home
}

/** Lines that are to be released. @throws EngineError ERR_IRP_OPTION for no lines, or one that a device has. */
export function checkLines(
  lines: unknown,
  deviceOf: (line: LineDescriptor) => string | undefined,
): readonly LineDescriptor[] {
  if (!Array.isArray(lines) || !lines.every(isLine)) {
    throw new EngineError(
      'ERR_IRP_OPTION',
      'releaseInterruptLines takes what allocateInterruptLines gave',
      lines,
    )
  }
  for (const line of lines as readonly LineDescriptor[]) {
    const device = deviceOf(line)
    if (device === undefined) continue
    throw new EngineError(
      'ERR_IRP_OPTION',
      `interrupt line ${line.line} is the device "${device}"'s: remove the device and stop its hardware first`,
      line,
    )
  }
  return lines as readonly LineDescriptor[]
}

function isLine(line: Partial<LineDescriptor> | null | undefined): boolean {
  return (
    line?.block instanceof SharedArrayBuffer &&
    Number.isInteger(line.line) &&
    Number.isInteger(line.doorbell?.word)
  )
}

function refuse(name: string, hardware: unknown): never {
  throw new EngineError(
    'ERR_IRP_OPTION',
    `hardware of device "${name}" is not what simulated hardware gives: pass its \`resources\``,
    hardware,
  )
}
