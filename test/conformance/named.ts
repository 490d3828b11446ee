/**
 * Named rows: a table of cases with a whole sentence for each, for `it.each(named(ROWS, '…'))('%s', …)`.
 * Runs on: the test's own thread.
 */

/** `$field` in the sentence stands for that field of the row. */
export function named<T extends object>(rows: readonly T[], sentence: string): [string, T][] {
  return rows.map((row) => {
    const fields = row as Record<string, unknown>
    const name = sentence.replaceAll(/\$(\w+)/g, (_match, field: string) => String(fields[field]))
    return [name, row]
  })
}
