/**
 * A trace as a time line for people: one line a callback, the states of the machines in columns.
 * Runs on: any thread.
 */
import { statusName } from '../../abi/ntstatus-name.js'
import type { MachineStates, PnpTrace, PnpTraceLine } from './pnp-trace.js'

export interface FormatPnpTraceOptions {
  /** Leave out callbacks that the driver does not have, and steps of the Framework. Default false. */
  readonly onlyDriver?: boolean
  /** Makes a line faint: what the driver has no part in. Default: as it is. */
  readonly dim?: (text: string) => string
}

/** What a step of the Framework is called in a time line. */
const STEP_NAMES: Readonly<Record<string, string>> = {
  holdQueues: 'power-managed queues hold (EvtIoStop)',
  resumeQueues: 'power-managed queues resume (EvtIoResume)',
  purgePowerManagedQueues: 'power-managed queues are purged',
  purgeOtherQueues: 'all other queues are purged',
  connectInterrupts: 'interrupts connect (EvtInterruptEnable)',
  disconnectInterrupts: 'interrupts disconnect (EvtInterruptDisable)',
  enableDma: 'DMA enablers start',
  disableDma: 'DMA enablers stop',
  scanChildren: 'children are scanned for',
  enableInterfaces: 'device interfaces appear',
  disableInterfaces: 'device interfaces go',
  startLowerDrivers: 'drivers below start',
  initializePowerManagement: 'power management begins',
  disposeDevice: 'device object goes (EvtCleanup, EvtDestroy)',
}

type Row = readonly string[]

/** The time line, ending with a line break. Marks: `>` request, `<` its end, `.` no part of this driver. */
export function formatPnpTrace(trace: PnpTrace, options: FormatPnpTraceOptions = {}): string {
  const { onlyDriver = false, dim = (text: string) => text } = options
  const lines = trace.lines.filter((line) => !onlyDriver || isDrivers(line))
  const header: Row = ['ms', '', 'callback', 'result', 'PnP', 'power', 'power policy']
  const rows: Row[] = [header, ...lines.map(rowOf)]
  const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const text = rows.map((row, i) => {
    const line = lines[i - 1]
    const joined = joinRow(row, widths)
    return line !== undefined && !isDrivers(line) ? dim(joined) : joined
  })
  return `${[...text, endOf(trace)].join('\n')}\n`
}

function isDrivers({ kind, implemented }: PnpTraceLine): boolean {
  return kind !== 'framework' && implemented
}

function rowOf(line: PnpTraceLine): Row {
  const { atMs, kind, status, states } = line
  return [String(atMs), markOf(line), nameOf(line), resultOf(kind, status), ...columns(states)]
}

function markOf({ kind, implemented }: PnpTraceLine): string {
  if (kind === 'request') return '>'
  if (kind === 'completion') return '<'
  if (kind === 'note') return '*'
  return kind === 'framework' || !implemented ? '.' : ' '
}

function nameOf({ kind, name, detail }: PnpTraceLine): string {
  if (kind === 'framework') return STEP_NAMES[name] ?? name
  return detail === '' ? name : `${name}(${detail})`
}

function resultOf(kind: PnpTraceLine['kind'], status: number | undefined): string {
  if (status !== undefined) return status === 0 ? 'ok' : statusName(status)
  return kind === 'callback' || kind === 'framework' ? 'still running' : ''
}

function columns({ pnp, power, policy }: MachineStates): Row {
  return [pnp, power, policy]
}

function joinRow(row: Row, widths: readonly number[]): string {
  const cells = row.map((cell, column) =>
    column === 0 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
  )
  return cells.join('  ').trimEnd()
}

function endOf({ states, stuck }: PnpTrace): string {
  const end = `end: PnP ${states.pnp}, power ${states.power}, power policy ${states.policy}`
  return stuck === undefined ? end : `${end}; ${stuck} has not come back`
}
