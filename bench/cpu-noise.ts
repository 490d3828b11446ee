/**
 * cpu-noise.ts: how much of the machine other processes used while a variant was measured.
 *
 * Runs on: the orchestrator's main thread, before and after each child process.
 *
 * The kernel's own books are compared: /proc/stat has the busy time of the whole machine, /proc/self/stat
 * the time of this process and of its children that have ended. What is left over belonged to others.
 * Stolen time (taken by the hypervisor) counts as foreign. Interrupt time counts as nobody's. Where there
 * is no /proc, nothing can be said and nothing is.
 */
import { readFileSync } from 'node:fs'

/** A run with more foreign CPU than this share of the machine is repeated once, and else marked noisy. */
export const FOREIGN_CPU_LIMIT = 0.05

/** Clock ticks (commonly 10 ms) since the machine or the process started. */
export interface CpuSample {
  readonly busyTicks: number
  readonly totalTicks: number
  /** This process and its ended children. */
  readonly ownTicks: number
}

/** Undefined where the machine has no /proc. */
export function readCpuSample(): CpuSample | undefined {
  try {
    return parseCpuSample(
      readFileSync('/proc/stat', 'utf8'),
      readFileSync('/proc/self/stat', 'utf8'),
    )
  } catch {
    return undefined
  }
}

/** From the text of /proc/stat and /proc/self/stat. Throws when a field is missing. */
export function parseCpuSample(machine: string, self: string): CpuSample {
  const summary = /^cpu +(.*)$/m.exec(machine)?.[1]
  if (summary === undefined) throw new Error('no cpu line in /proc/stat')
  // user nice system idle iowait irq softirq steal; guest time is already part of user and nice.
  const fields = summary.split(' ').slice(0, 8).map(Number)
  const [user = 0, nice = 0, system = 0, , , , , steal = 0] = fields
  // The command's name may hold spaces and brackets, so count from behind its last bracket.
  const own = self.slice(self.lastIndexOf(')') + 2).split(' ')
  const ownTicks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(own[index]), 0)
  if (!Number.isFinite(ownTicks)) throw new Error('no CPU times in /proc/self/stat')
  return {
    busyTicks: user + nice + system + steal,
    totalTicks: fields.reduce((sum, value) => sum + value, 0),
    ownTicks,
  }
}

/** Share of the whole machine, 0 to 1, that other processes used between the two samples. */
export function foreignCpuShare(before: CpuSample, after: CpuSample): number {
  const total = after.totalTicks - before.totalTicks
  if (total <= 0) return 0
  const busy = after.busyTicks - before.busyTicks
  const own = after.ownTicks - before.ownTicks
  return Math.min(1, Math.max(0, (busy - own) / total))
}

/** Starts watching; the answer stops and gives the share, or undefined where there is no /proc. */
export function watchForeignCpu(): () => number | undefined {
  const before = readCpuSample()
  return () => {
    const after = readCpuSample()
    return before === undefined || after === undefined ? undefined : foreignCpuShare(before, after)
  }
}
