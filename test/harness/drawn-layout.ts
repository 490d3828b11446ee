/**
 * Drawn layouts: reads the drawing in the head comment of an abi file, so that a test can hold it against
 * the constants. Runs on: the test's own thread.
 */
import { readFileSync } from 'node:fs'

/** The first comment of a source file, without its stars. `path` starts at the repository's root. */
export function headComment(path: string): string {
  const source = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
  const comment = /^\/\*\*([\s\S]*?)\*\//.exec(source)?.[1]
  if (comment === undefined) throw new Error(`${path} has no head comment`)
  return comment
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''))
    .join('\n')
}

/** All matches of a drawing's line with a number and a name, as name → number. */
export function drawnNumbers(text: string, line: RegExp): Map<string, number> {
  const drawn = new Map<string, number>()
  for (const match of text.matchAll(line)) {
    const { name = '', at = '' } = match.groups ?? {}
    drawn.set(name, Number(at))
  }
  return drawn
}
