/**
 * Device tree: prints device nodes and their stacks as KMDF documents draw them: a node, below it the device
 * objects from the top of the stack to its bottom, each with its driver and its queues.
 * Runs on: any thread. A pure function of what `engine.devices()` tells.
 */
import type {
  DeviceDescription,
  DeviceRole,
  QueueDescription,
  SynchronizationScope,
} from '../irp/device-description.js'

export interface TreeOptions {
  /** Draw with plain ASCII instead of box characters. Default false. */
  readonly ascii?: boolean
  /** Columns to stay within, at least 40; longer entries go on in a further line. Default 80. */
  readonly width?: number
}

/** One line, and what hangs below it. */
interface Branch {
  /** Parts that a narrow terminal may put on lines of their own. */
  readonly parts: readonly string[]
  readonly children: readonly Branch[]
}

interface Glyphs {
  readonly branch: string
  readonly last: string
  readonly through: string
}

const BOXES: Glyphs = { branch: '├─ ', last: '└─ ', through: '│  ' }
const PLAIN: Glyphs = { branch: '|- ', last: '`- ', through: '|  ' }
const NARROWEST = 40
const SEPARATOR = ', '

/** What the device object of a role is called. */
const DEVICE_OBJECT: Record<DeviceRole, string> = {
  filter: 'filter DO',
  function: 'FDO',
  bus: 'PDO',
}

/** The device nodes of a system, each with its stack, top to bottom. Lines end with `\n`. */
export function renderTree(
  descriptions: readonly DeviceDescription[],
  options: TreeOptions = {},
): string {
  const { ascii = false, width = 80 } = options
  const glyphs = ascii ? PLAIN : BOXES
  const columns = Math.max(NARROWEST, width)
  const lines = descriptions.flatMap((device) => draw(nodeOf(device), '', '', glyphs, columns))
  return lines.length === 0 ? 'no devices\n' : `${lines.join('\n')}\n`
}

function nodeOf(device: DeviceDescription): Branch {
  const levels = [device, ...device.below]
  const count = levels.length === 1 ? '1 level' : `${levels.length} levels`
  return {
    parts: [`device node ${device.name}`, count, `worker ${device.homeWorker}`],
    children: levels.map((level) => levelOf(level)),
  }
}

function levelOf(level: DeviceDescription): Branch {
  return {
    parts: [`${DEVICE_OBJECT[level.role]} ${level.name}`, `driver ${moduleName(level.driver)}`],
    children: level.queues.map((queue) => queueOf(queue, level)),
  }
}

function queueOf(queue: QueueDescription, level: DeviceDescription): Branch {
  const { dispatchType, isDefault, requestTypes, powerManaged, worker } = queue
  // A manual queue that is nobody's default gets what the driver forwards.
  const takes = requestTypes.length === 0 ? 'forwarded requests' : requestTypes.join(' ')
  return {
    parts: [
      `${dispatchType} queue`,
      isDefault ? `default: ${takes}` : takes,
      `scope ${scopeName(queue.synchronizationScope)}`,
      worker === level.homeWorker ? '' : worker < 0 ? 'all workers' : `worker ${worker}`,
      powerManaged ? 'power-managed' : 'not power-managed',
    ].filter((part) => part !== ''),
    children: [],
  }
}

/** A scope that nobody set serializes nothing (kmdf.md 5.1). */
function scopeName(scope: SynchronizationScope): string {
  return scope === 'inherit' ? 'inherited' : scope
}

/** Last part of a driver's URL; of a data: URL, which has no name, its kind. */
function moduleName(url: string): string {
  if (url.startsWith('data:')) return 'data: URL'
  const name = url.split(/[?#]/, 1)[0]?.split('/').at(-1)
  return name === undefined || name === '' ? url : decode(name)
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

function draw(
  { parts, children }: Branch,
  first: string,
  rest: string,
  glyphs: Glyphs,
  columns: number,
): string[] {
  // What goes on hangs below the text, beside the line down to the first child.
  const below = rest + (children.length > 0 ? glyphs.through : '   ')
  const lines = wrap(parts, columns - below.length).map(
    (text, i) => (i === 0 ? first : below) + text,
  )
  children.forEach((child, i) => {
    const isLast = i === children.length - 1
    const mark = isLast ? glyphs.last : glyphs.branch
    const through = isLast ? '   ' : glyphs.through
    lines.push(...draw(child, rest + mark, rest + through, glyphs, columns))
  })
  return lines
}

/** Joins parts to lines of at most `columns`; a part that is longer has a line of its own. */
function wrap(parts: readonly string[], columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const part of parts) {
    const longer = line === '' ? part : line + SEPARATOR + part
    // One more for the comma behind it.
    if (line !== '' && longer.length >= columns) {
      lines.push(`${line},`)
      line = part
    } else {
      line = longer
    }
  }
  return [...lines, line]
}
