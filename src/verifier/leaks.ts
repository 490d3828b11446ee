/**
 * Leaks: what a driver left behind when its device has gone. Runs on: worker.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { RequestUse } from './request-use.js'
import type { Verifier } from './verifier.js'
import type { WatchedDevice } from './watched-device.js'

/** Requests that its driver had, and that the Framework had to end, or that nobody deleted. */
export function reportLeaks(verifier: Verifier, watched: WatchedDevice): void {
  verifier.requests.inspectAll()
  const left = [...watched.uses].filter(
    (use) => use.place === 'driver' && use.ending === null && !use.hasFailed,
  )
  watched.uses.clear()
  if (left.length === 0) return
  collectGarbage()
  for (const use of left) reportLeak(verifier, use)
}

function reportLeak(verifier: Verifier, use: RequestUse): void {
  const site = use.lastSite
  if (use.isDriverCreated) {
    const message = 'a request that its driver made was not deleted when the device went'
    verifier.violation('ReqDelete', message, { use, site, isLate: true })
  } else if (verifier.requests.isReachable(use)) {
    const message = 'its driver kept it, and had not completed it when the device went'
    verifier.violation('DeferredRequestCompleted', message, { use, site, isLate: true })
  } else verifier.requests.forgotten(use)
  use.end('by the Framework')
}

/** So that a request which its driver has forgotten is told from one that it keeps. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as unknown
  if (typeof gc === 'function') (gc as () => void)()
}
