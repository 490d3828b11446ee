/**
 * call-tree.ts: the ticks of a thread, sorted by their stacks: what a flame graph draws.
 *
 * Runs on: the main thread of the command.
 * Invariant: a node's total is its self plus the totals of its children.
 */
import type { FunctionPlace } from './layer.js'

export interface CallNode {
  readonly frame: FunctionPlace
  /** Ticks that ended here. */
  self: number
  /** Ticks that went through here. */
  total: number
  readonly children: CallNode[]
}

/** A tree without ticks; its root stands for the thread. */
export function emptyTree(name: string): CallNode {
  return { frame: { name, place: '', layer: 'other js' }, self: 0, total: 0, children: [] }
}

/** Adds `ticks` with this stack, outermost first. */
export function addStack(root: CallNode, stack: readonly FunctionPlace[], ticks = 1): void {
  let node = root
  node.total += ticks
  for (const frame of stack) {
    node = childOf(node, frame)
    node.total += ticks
  }
  node.self += ticks
}

function childOf(node: CallNode, frame: FunctionPlace): CallNode {
  const { children } = node
  for (const child of children) {
    const { name, place } = child.frame
    if (name === frame.name && place === frame.place) return child
  }
  const child: CallNode = { frame, self: 0, total: 0, children: [] }
  children.push(child)
  return child
}

/** A copy without nodes below `share` of the whole (0 to 1), the largest children first. */
export function prunedTree(root: CallNode, share: number): CallNode {
  const fewest = root.total * share
  const prune = ({ frame, self, total, children }: CallNode): CallNode => {
    const kept = children.filter((child) => child.total >= fewest).sort(byTotal)
    return { frame, self, total, children: kept.map(prune) }
  }
  return prune(root)
}

function byTotal(left: CallNode, right: CallNode): number {
  return right.total - left.total || left.frame.name.localeCompare(right.frame.name)
}
