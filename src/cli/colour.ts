/**
 * colour.ts: colours where they help and nowhere else.
 *
 * Runs on: the main thread of the command.
 */
import { styleText } from 'node:util'
import type { OutputStream } from './command.js'

export type Environment = Readonly<Record<string, string | undefined>>
export type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red'
export type Paint = (style: Style, text: string) => string

/** NO_COLOR wins, then FORCE_COLOR (0 or false: off), then whether somebody watches (no-color.org). */
export function usesColour(stream: OutputStream, environment: Environment): boolean {
  if ((environment['NO_COLOR'] ?? '') !== '') return false
  const force = environment['FORCE_COLOR']
  if (force !== undefined) return force !== '0' && force !== 'false'
  return stream.isTTY === true && environment['TERM'] !== 'dumb'
}

/** A function that styles text, or leaves it alone. */
export function painter(enabled: boolean): Paint {
  // Whether to style was decided above; node's own look at process.stdout would ask the wrong stream.
  return (style, text) => (enabled ? styleText(style, text, { validateStream: false }) : text)
}
