/** Each allocation of each shipped driver fails in its turn. */
import { expect, it } from 'vitest'
import type * as Sweep from './allocation-sweep.js'

// The built one: shipped drivers are loaded as they are.
const built = new URL('../../build/test/verifier/allocation-sweep.js', import.meta.url)
const { SWEPT, sweepAllocations } = (await import(built.href)) as typeof Sweep

it.each(Object.keys(SWEPT))('%s: refused whole, or every request ends', async (name) => {
  const points = await sweepAllocations(name)
  console.log(`${name}: ${points} injection points, all clean`)
  expect(points).toBeGreaterThanOrEqual(2)
})
