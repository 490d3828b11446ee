/**
 * quantity.ts: numbers with a unit behind them, as people write them: 200k, 4KiB, 1.5ms.
 *
 * Runs on: any thread. NaN for what is none.
 */
const DECIMAL: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9 }
const BINARY: Readonly<Record<string, number>> = { '': 1, k: 1024, K: 1024, M: 2 ** 20, G: 2 ** 30 }
const NANOSECONDS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
}

/** A number of things: 1500, 1.5k, 2M. */
export function parseQuantity(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([kMG]?)$/.exec(text) ?? []
  return number === undefined ? Number.NaN : Number(number) * DECIMAL[unit]!
}

/** A whole number; of bytes with the units that those have: 4k and 4KiB are 4096. NaN for fractions. */
export function parseCount(text: string): number {
  const [, number, unit = ''] = /^(\d+)([kKMG]?)(?:i?B)?$/.exec(text) ?? []
  return number === undefined ? Number.NaN : Number(number) * BINARY[unit]!
}

/** Nanoseconds of 750ns, 200us, 1.5ms, 1s. */
export function parseDurationNs(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)(ns|us|µs|ms|s)$/.exec(text) ?? []
  return number === undefined ? Number.NaN : Number(number) * NANOSECONDS[unit]!
}
