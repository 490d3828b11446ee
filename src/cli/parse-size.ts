/**
 * parse-size.ts: sizes as people write them: 4096, 512K, 64M, 1G, 1.5T, 1GiB.
 *
 * Runs on: the main thread of the command.
 */
import { UsageError } from './usage-error.js'

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
}

/** Bytes; units are powers of 1024. Throws UsageError when the text is no size, or no whole number of bytes. */
export function parseSize(command: string, option: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)([kmgt]?)(?:i?b)?$/i.exec(text)
  const [, digits = '', unit = ''] = match ?? []
  const bytes = match === null ? Number.NaN : Number(digits) * (UNITS[unit.toLowerCase()] ?? 0)
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes
  throw new UsageError(
    command,
    `--${option} '${text}': expected a size such as 512M or 1G (K, M, G, T are powers of 1024)`,
  )
}
