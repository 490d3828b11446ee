/**
 * The built code, for tests that start threads: threads run JavaScript, so main must run it too.
 * `npm run build` comes before vitest.
 */
import type * as Queue from '../../src/sharedarraybuffer-queue/index.js'
import type * as Irpool from '../../src/index.js'

const build = new URL('../../build/', import.meta.url)
export const irpool: typeof Irpool = await import(new URL('src/index.js', build).href)
export const queue: typeof Queue = await import(
  new URL('src/sharedarraybuffer-queue/index.js', build).href
)

export const { Engine, EngineError, IrpError, attachChannel, drivers, formatLedger } = irpool

/** A driver of the fixtures folder. */
export function fixture(name: string): URL {
  return new URL(`test/fixtures/drivers/${name}.js`, build)
}

/** A script of the fixtures folder for a thread of the user's own. */
export function threadScript(name: string): URL {
  return new URL(`test/fixtures/threads/${name}.js`, build)
}

/** The package's own folder. */
export const packageRoot = new URL('..', build)
