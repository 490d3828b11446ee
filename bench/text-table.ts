/**
 * text-table.ts: cells in aligned columns.
 *
 * Runs on: any thread.
 */
const GAP = '  '

/** The width of each column, that of its heading at least. */
export function columnWidths(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): number[] {
  const columns = Math.max(1, ...rows.map((cells) => cells.length))
  return Array.from({ length: columns }, (_, column) =>
    Math.max(headings[column]!.length, ...rows.map((cells) => cells[column]?.length ?? 0)),
  )
}

/** All columns with what lies between them. */
export function lineWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length)
}

/** Numbers to the right, `leftAligned` columns to the left. */
export function alignedLine(
  cells: readonly string[],
  widths: readonly number[],
  leftAligned: ReadonlySet<number>,
): string {
  const padded = cells.map((cell, column) =>
    leftAligned.has(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
  )
  return padded.join(GAP).trimEnd()
}
