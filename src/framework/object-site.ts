/**
 * Object site: where in a driver a Framework object was created, for leak reports. Runs on: worker.
 * Frames are kept as V8 captured them and made text only when a report asks.
 */

/** A few frames are the Framework's own: the object's constructor, and whoever calls it. */
const FRAMES = 8
/** This folder, whose frames are not the driver's; with `file://` before it or not. */
const FRAMEWORK = new URL('.', import.meta.url).pathname

/** A captured call stack; opaque. */
export interface Site {
  readonly stack?: string
}

/** Captures the stack above the caller. */
export function captureSite(): Site {
  const site: Site = {}
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = FRAMES
  Error.captureStackTrace(site, captureSite)
  Error.stackTraceLimit = stackTraceLimit
  return site
}

/** The innermost frame that is not the Framework's: `file:///…/driver.js:12:7`; 'unknown' without one. */
export function siteText({ stack = '' }: Site): string {
  const frames = stack.split('\n').slice(1)
  const frame = frames.find((line) => !line.includes(FRAMEWORK) && !line.includes('node:internal'))
  return /\(?((?:file|data|node):[^()]*|\/[^()]*)\)?$/.exec(frame ?? '')?.[1] ?? 'unknown'
}
