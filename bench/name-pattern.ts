/**
 * name-pattern.ts: `--only`: comma-separated substrings or globs against the names of scenarios.
 *
 * Runs on: the orchestrator's main thread.
 */

/**
 * True when the name matches one of the patterns: a pattern with `*` (any text, slashes too) or `?` (one
 * character) must match the whole name, any other must occur in it.
 */
export function matchesAny(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) =>
    /[*?]/.test(pattern) ? globToRegExp(pattern).test(name) : name.includes(pattern),
  )
}

/** `a, b*` as `['a', 'b*']`, without empty parts. */
export function splitPatterns(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function globToRegExp(glob: string): RegExp {
  const escaped = glob.replaceAll(/[\\^$.|+()[\]{}]/g, String.raw`\$&`)
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`)
}
