/**
 * Call site: the innermost frame of the stack that is a driver's, as `file:line:column`. Runs on: worker.
 * The package's own frames and Node's are passed over; the shipped drivers in pairs/ count as drivers.
 */
const OWN = new URL('../', import.meta.url).pathname
const SHIPPED = `${OWN}pairs/`
/** Deep enough to get past the verifier and the Framework. */
const DEPTH = 32

/** Empty when no frame is a driver's: the Framework called by itself. */
export function callSite(): string {
  const { stackTraceLimit } = Error
  const prepare: unknown = Reflect.get(Error, 'prepareStackTrace')
  const holder: { stack?: unknown } = {}
  Error.stackTraceLimit = DEPTH
  Error.prepareStackTrace = (_error, frames) => frames
  try {
    Error.captureStackTrace(holder, callSite)
    return siteOf(holder.stack as NodeJS.CallSite[])
  } finally {
    Reflect.set(Error, 'prepareStackTrace', prepare)
    Error.stackTraceLimit = stackTraceLimit
  }
}

function siteOf(frames: readonly NodeJS.CallSite[]): string {
  for (const frame of frames) {
    const file = frame.getFileName() ?? ''
    const path = file.startsWith('file:') ? new URL(file).pathname : file
    if (path === '' || path.startsWith('node:')) continue
    if (path.startsWith(OWN) && !path.startsWith(SHIPPED)) continue
    return `${path}:${frame.getLineNumber()}:${frame.getColumnNumber()}`
  }
  return ''
}
