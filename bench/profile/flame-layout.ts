/**
 * flame-layout.ts: a call tree as rectangles: where each frame of a flame graph lies.
 *
 * Runs on: the main thread of the command.
 * The root lies on top, as wide as all; a child lies below its caller, as wide as its share of the ticks.
 */
import type { CallNode } from './call-tree.js'

export interface FlameFrame {
  readonly node: CallNode
  /** Left edge and width as shares of the whole, 0 to 1. */
  readonly x: number
  readonly width: number
  /** 0 is the root. */
  readonly depth: number
  /** From 1, among the frames with the same caller. */
  readonly position: number
  readonly siblings: number
}

/** All frames, each caller before those it called, siblings from left to right. */
export function layOut(root: CallNode): FlameFrame[] {
  const frames: FlameFrame[] = []
  const place = (node: CallNode, x: number, depth: number, position: number, siblings: number) => {
    frames.push({ node, x, width: node.total / root.total, depth, position, siblings })
    let left = x
    for (const [index, child] of node.children.entries()) {
      place(child, left, depth + 1, index + 1, node.children.length)
      left += child.total / root.total
    }
  }
  if (root.total > 0) place(root, 0, 0, 1, 1)
  return frames
}
