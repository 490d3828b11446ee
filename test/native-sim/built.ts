/**
 * The built code, for tests that start threads: threads run JavaScript, so main must run it too.
 * `npm run build` comes before vitest.
 */
import type * as NativeSim from '../../native-sim/index.js'
import type * as Irpool from '../../src/index.js'

const build = new URL('../../build/', import.meta.url)
const irpool: typeof Irpool = await import(new URL('src/index.js', build).href)
const nativeSim: typeof NativeSim = await import(new URL('native-sim/index.js', build).href)

export const { Engine, drivers } = irpool
export const { InterruptProducer } = nativeSim

/** A driver of the fixtures folder. */
export function fixture(name: string): URL {
  return new URL(`test/native-sim/fixtures/${name}.js`, build)
}
