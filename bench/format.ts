/**
 * format.ts: numbers as people read them.
 *
 * Runs on: any thread.
 */

/** 1234567 as `1,234,567`. */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** The unit of a figure, and which way is better where it is not the usual one. */
export function formatUnit(of: { readonly unit: string; readonly lowerIsBetter?: true }): string {
  return of.lowerIsBetter === true ? `${of.unit} (less is better)` : of.unit
}

/** Nanoseconds in the unit that fits, with about three digits. */
export function formatDuration(ns: number): string {
  // The bounds are those of the rounded figure: there is no 1,000 µs, and no 10.00 ms.
  if (ns < 999.5) return `${Math.round(ns)} ns`
  if (ns < 999.5e3) return `${threeDigits(ns / 1e3)} µs`
  if (ns < 999.5e6) return `${threeDigits(ns / 1e6)} ms`
  return `${threeDigits(ns / 1e9)} s`
}

/** About three digits: 0.123, 1.23, 12.3, 123, 1,234. */
export function threeDigits(value: number): string {
  if (value >= 99.95) return formatCount(value)
  if (value >= 9.995) return value.toFixed(1)
  return value >= 0.9995 ? value.toFixed(2) : value.toFixed(3)
}
