/**
 * Shipped drivers under the verifier: no false alarm. `npm run verifier` sends more.
 */
import { expect, it } from 'vitest'
import type { BuiltCode } from './shipped.js'
import { runShipped, SHIPPED_NAMES } from './shipped.js'

const build = new URL('../../build/', import.meta.url)
const load = <T>(path: string): Promise<T> => import(new URL(path, build).href) as Promise<T>
const code: BuiltCode = {
  irpool: await load('src/index.js'),
  workload: await load('src/cli/verify-workload.js'),
  nativeSim: await load('native-sim/index.js'),
}

it.each(SHIPPED_NAMES)('%s: watched, and nothing to tell', async (name) => {
  const run = await runShipped(name, code, 300)
  expect(run.reports).toEqual([])
  expect(run.callbacks).toBeGreaterThan(100)
  expect(run.ledger).toMatchObject({ inFlight: 0, duplicates: 0, lost: 0 })
})
