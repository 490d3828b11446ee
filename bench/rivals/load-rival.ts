/**
 * load-rival.ts: a library that is a development dependency of the benchmark only: there in the repository,
 * mostly not there where irpool was installed as a package.
 *
 * Runs on: the main thread of a child process.
 */
import type { Skipped } from '../scenario.js'

/** The module, or why its scenario has to be skipped. Rejects when it is there and cannot be loaded. */
export async function loadRival<Module extends object>(
  name: string,
  load: () => Promise<Module>,
): Promise<Module | Skipped> {
  try {
    return await load()
  } catch (error) {
    const { code, message = '' } = error as { code?: string; message?: string }
    // Only the library itself: what it imports in vain is its fault, or ours.
    if (code !== 'ERR_MODULE_NOT_FOUND' || !message.includes(`'${name}'`)) throw error
    return { skipped: `${name} is not installed: npm install --no-save ${name}` }
  }
}
