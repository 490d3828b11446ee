/**
 * layer.ts: to which part of a program a function belongs, told by its file.
 *
 * Runs on: the main thread of the command.
 */

/** In the order of the table: down the way of a request, then what is not on it. */
export const LAYERS = [
  'bench',
  'manager',
  'irp',
  'ring',
  'idle',
  'workers',
  'dispatch',
  'framework',
  'observe',
  'handler',
  'hardware',
  'other js',
  'node',
  'compile',
  'gc',
  'native',
  'profiler',
  'parked',
] as const

export type Layer = (typeof LAYERS)[number]

/** A few words for people. */
export const LAYER_MEANING: Readonly<Record<Layer, string>> = {
  bench: 'the load: who submits, checks and times',
  manager: "the host's side: prepare, publish, reap",
  irp: 'slots, buffers, channel memory',
  ring: 'rings, doorbells, access to shared memory',
  idle: 'spinning for work, before parking',
  workers: "the worker's loop around its turns",
  dispatch: 'the turn: route, queue, present, complete',
  framework: 'driver, device, queue and request objects',
  observe: 'counters, histograms, traces',
  handler: 'event handlers of drivers',
  hardware: 'simulated hardware',
  'other js': 'other JavaScript: libraries, whatever is evaluated',
  node: "node's own JavaScript: start, modules, event loop",
  compile: 'parsing and compiling, inside V8',
  gc: 'garbage collection',
  native: 'C++ of node and V8, system calls, the kernel',
  profiler: 'writing the log',
  parked: 'asleep: Atomics.wait, or the event loop with nothing to do',
}

/** Drivers that the benchmark brings along: what they do is a handler's work, not the load's. */
const DRIVER_FILE = /^bench\/.*-driver\.js$/

/** Folders of this package's build, without its root. The first match counts. */
const FOLDERS: readonly (readonly [prefix: string, layer: Layer])[] = [
  ['src/sharedarraybuffer-queue/idle-strategy.', 'idle'],
  ['src/sharedarraybuffer-queue/', 'ring'],
  ['src/abi/', 'irp'],
  ['src/irp/', 'irp'],
  ['src/dispatch/', 'dispatch'],
  ['src/framework/', 'framework'],
  ['src/verifier/', 'framework'],
  ['src/observe/', 'observe'],
  ['src/manager/', 'manager'],
  ['src/workers/', 'workers'],
  ['src/pairs/', 'handler'],
  ['src/nbd/', 'bench'],
  ['src/cli/', 'bench'],
  ['native-sim/', 'hardware'],
  ['bench/', 'bench'],
]

/** A function as V8 names it: its own name, and the place of its source. */
export interface FunctionPlace {
  readonly name: string
  /** Shortened for people: `src/dispatch/channel-port.js:70`. Empty for what has no source. */
  readonly place: string
  readonly layer: Layer
}

/** Tells functions of one build apart. */
export class FunctionPlaces {
  readonly #root: string
  readonly #places = new Map<string, FunctionPlace>()

  /** `buildRoot`: the URL of the build folder, ending with a slash. */
  constructor(buildRoot: string) {
    this.#root = buildRoot
  }

  /** `v8Name`: `name file:///…/file.js:line:column`, as the log has it. */
  of(v8Name: string): FunctionPlace {
    let place = this.#places.get(v8Name)
    if (place === undefined) {
      place = this.#read(v8Name)
      this.#places.set(v8Name, place)
    }
    return place
  }

  /** The same function where it only passes the time: what an idle strategy calls is idle, too. */
  asIdle(place: FunctionPlace): FunctionPlace {
    return { ...place, layer: 'idle' }
  }

  #read(v8Name: string): FunctionPlace {
    const match = /^(.*?) ((?:file:|node:|\/|[a-zA-Z]:\\).*?)(?::(\d+):\d+)?$/.exec(v8Name)
    if (match === null) return { name: v8Name.trim(), place: '', layer: 'other js' }
    const [, name = '', url = '', line] = match
    const called = name === '' ? '(anonymous)' : name
    const at = line === undefined ? '' : `:${line}`
    if (!url.startsWith(this.#root)) {
      return { name: called, place: `${shortened(url)}${at}`, layer: foreignLayer(url) }
    }
    const path = url.slice(this.#root.length)
    return { name: called, place: `${path}${at}`, layer: ownLayer(path) }
  }
}

/** A file of the package; one outside of all folders is a test's, and that can only be a driver. */
function ownLayer(path: string): Layer {
  if (DRIVER_FILE.test(path)) return 'handler'
  return FOLDERS.find(([prefix]) => path.startsWith(prefix))?.[1] ?? 'handler'
}

/** A file outside of the package: what runs under an engine and is no library is a driver. */
function foreignLayer(url: string): Layer {
  if (url.startsWith('node:')) return 'node'
  return /[\\/]node_modules[\\/]/.test(url) ? 'other js' : 'handler'
}

function shortened(url: string): string {
  if (url.startsWith('node:')) return url
  const parts = url.split(/[\\/]/)
  const inModules = parts.lastIndexOf('node_modules')
  return parts.slice(inModules >= 0 ? inModules + 1 : -2).join('/')
}
