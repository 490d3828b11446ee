/**
 * thread-role.ts: which thread of the benchmark a log is of.
 *
 * Runs on: the main thread of the command.
 *
 * A log's name has an address and a process id, nothing else. The role is told by the scripts that a thread has
 * loaded; its thread id by the script that thread-mark.ts evaluates in each thread, where it was preloaded.
 */
import type { V8Profile } from './v8-log.js'

/** Begins the name of the script that marks a thread; its id follows. */
export const THREAD_MARK = 'irpool-thread:'

/** How a thread is told from others of the same log folder. */
export interface ThreadRole {
  /** `host`, `worker`, `hardware`, or what its entry script is called. */
  readonly role: string
  /** Of node:worker_threads; undefined for a thread without a mark. */
  readonly threadId: number | undefined
}

/** In the order of the table; the part of a URL that only threads of this role have loaded. */
const ROLES: readonly (readonly [script: string, role: string])[] = [
  ['/bench/child.js', 'host'],
  ['/src/workers/framework-worker.js', 'worker'],
  ['/native-sim/producer-thread.js', 'hardware'],
]
const HELPERS = /\/bench\/profile\/|\/node_modules\//

export function roleOf({ scripts }: V8Profile): ThreadRole {
  const urls = scripts.flatMap((script) => (script === null ? [] : [script.url]))
  const mark = urls.find((url) => url.startsWith(THREAD_MARK))
  const threadId = mark === undefined ? undefined : Number(mark.slice(THREAD_MARK.length))
  const known = ROLES.find(([script]) => urls.some((url) => url.endsWith(script)))
  return { role: known?.[1] ?? entryName(urls), threadId }
}

function entryName(urls: readonly string[]): string {
  const entry = urls.find((url) => /^(file:|\/)/.test(url) && !HELPERS.test(url))
  return /([^/]+?)\.[cm]?js$/.exec(entry ?? '')?.[1] ?? 'thread'
}

/** Brings threads into the order of the table and names each: `host`, `worker 1`, `worker 2` …. */
export function nameThreads<T extends ThreadRole>(threads: readonly T[]): (T & { name: string })[] {
  const sorted = [...threads].sort(
    (left, right) =>
      rank(left.role) - rank(right.role) ||
      (left.threadId ?? Infinity) - (right.threadId ?? Infinity) ||
      0,
  )
  const seen = new Map<string, number>()
  return sorted.map((thread) => {
    const { role } = thread
    const number = (seen.get(role) ?? 0) + 1
    seen.set(role, number)
    const isAlone = sorted.filter((other) => other.role === role).length === 1
    return { ...thread, name: isAlone && role !== 'worker' ? role : `${role} ${number}` }
  })
}

function rank(role: string): number {
  const index = ROLES.findIndex(([, name]) => name === role)
  return index < 0 ? ROLES.length : index
}
