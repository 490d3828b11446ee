/**
 * Local digest: an actor's private JavaScript state as text, equal for equal states: the graph of objects
 * that its root reaches, without identities. Runs on: the checker's own thread.
 *
 * Two runs of an actor that stand at the same step with the same digest go on alike, so the search may
 * treat them as one. What a digest cannot see must not differ: functions (their captured variables), and
 * `#private` fields: a class that has some is refused unless it is listed with the reason why that is fine.
 */

/** Fields that only count for statistics, or hold what is written anew before it is read. */
const IGNORED: Record<string, ReadonlySet<string>> = {
  Ringer: new Set(['rings']),
  Sleeper: new Set(['parks']),
  CompletionBatch: new Set(['records']),
}

/** Classes whose hidden fields decide nothing in any scenario. */
const HIDDEN_BUT_CONSTANT: ReadonlySet<string> = new Set([
  // Its set of sleeps on the event loop: no scenario sleeps there.
  'Sleeper',
  // Main's books of handles and deaths: no handle, and never as many deaths as would matter.
  'WorkerSet',
  // Main's book of the devices that come back: no scenario has a device.
  'ReturningDevices',
])

const checked = new Set<unknown>()

/** The digest of everything that `root` reaches. */
export function localDigest(root: object): string {
  const parts: string[] = []
  const seen = new Map<object, number>()
  walk(root)
  return parts.join(',')

  function walk(value: unknown): void {
    if (typeof value === 'function') return
    if (typeof value !== 'object' || value === null) {
      parts.push(Object.is(value, -0) ? '-0' : String(value))
      return
    }
    const known = seen.get(value)
    if (known !== undefined) {
      parts.push(`@${known}`)
      return
    }
    seen.set(value, seen.size)
    if (ArrayBuffer.isView(value)) walkView(value)
    else if (value instanceof Map || value instanceof Set) {
      parts.push('{')
      for (const entry of value) walk(entry)
      parts.push('}')
    } else if (!(value instanceof SharedArrayBuffer)) walkFields(value)
  }

  function walkView(view: ArrayBufferView): void {
    if (view.buffer instanceof SharedArrayBuffer) parts.push(`+${view.byteOffset}`)
    else parts.push(`[${Array.from(view as Uint8Array).join(' ')}]`)
  }

  function walkFields(value: object): void {
    const name = checkClass(value)
    const ignored = IGNORED[name]
    parts.push(Array.isArray(value) ? '[' : '{')
    for (const [field, content] of Object.entries(value)) {
      if (ignored?.has(field) !== true) walk(content)
    }
    parts.push('}')
  }
}

/** Throws for a class whose state cannot be seen; returns its name. */
function checkClass(value: object): string {
  const { constructor } = value as { constructor?: { name: string } }
  const name = constructor?.name ?? ''
  if (constructor === undefined || checked.has(constructor)) return name
  for (
    let prototype: object | null = Object.getPrototypeOf(value) as object | null;
    prototype !== null && prototype !== Object.prototype;
    prototype = Object.getPrototypeOf(prototype) as object | null
  ) {
    const { constructor: made } = prototype as { constructor: Function }
    if (
      /^\s*#\w+\s*[=;(]/m.test(Function.prototype.toString.call(made)) &&
      !HIDDEN_BUT_CONSTANT.has(made.name)
    ) {
      throw new Error(`${made.name} has hidden fields, which a digest cannot see`)
    }
  }
  checked.add(constructor)
  return name
}
