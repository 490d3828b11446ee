/**
 * Sources: the repository's TypeScript files as text, for rules that no compiler checks.
 * Runs on: the test's own thread; reads files, starts nothing.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

export const root = join(import.meta.dirname, '../..')

export interface Source {
  /** From the root, with slashes. */
  readonly path: string
  readonly lines: readonly string[]
  /** The lines with spaces for their comments. */
  readonly code: readonly string[]
}

/** All TypeScript files of some folders of the root. */
export function sourcesOf(...folders: string[]): Source[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .toSorted()
      .map((name) => readSource(posix.join(folder, name.replaceAll('\\', '/')))),
  )
}

const blank = (comment: string): string => comment.replaceAll(/[^\n]/g, ' ')

function readSource(path: string): Source {
  // A first line for the shell is none of ours.
  const text = readFileSync(join(root, path), 'utf8').replace(/^#!.*\n/, '')
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, blank).replaceAll(/(^|\s)\/\/.*$/gm, blank)
  return { path, lines: text.split('\n'), code: code.split('\n') }
}

/** `path:line: text` of every line of code that matches, in files for which `applies`. */
export function findings(
  sources: readonly Source[],
  pattern: RegExp,
  applies: (path: string) => boolean = () => true,
): string[] {
  return sources
    .filter(({ path }) => applies(path))
    .flatMap(({ path, code }) =>
      code.flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${line.trim()}`] : [])),
    )
}

/** Every relative import, as [importing file, imported file]. */
export function importsOf(sources: readonly Source[]): [from: string, to: string][] {
  return sources.flatMap(({ path, code }) =>
    [...code.join('\n').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(
      ([, specifier = '']): [string, string] => [
        path,
        posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts'),
      ],
    ),
  )
}
