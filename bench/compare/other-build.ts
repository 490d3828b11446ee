/**
 * other-build.ts: another revision of this repository, built in a temporary folder.
 *
 * Runs on: the main thread of the command.
 *
 * A clone that shares the objects of this repository: nothing is written here, and removing the folder is all
 * there is to clean up. Nothing is installed when the lock file is the same: the modules are this tree's own.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { UsageError } from '../../src/cli/usage-error.js'
import { COMMAND } from './compare-options.js'

const run = promisify(execFile)
const OUTPUT_BYTES = 16 << 20
/** Of what a failed command said: its first lines name the cause. */
const SHOWN_LINES = 6

export interface OtherBuild {
  /** The folder of its sources, with `build` in it. */
  readonly root: string
  /** Its commit, twelve digits. */
  readonly commit: string
  /** True when its lock file was another, so that its modules were installed. */
  readonly installed: boolean
  /** Removes the folder. */
  remove(): void
}

/** A revision that could not be fetched, installed or built; the message says which and why. */
export class OtherBuildError extends Error {
  readonly code = 'ERR_IRP_BENCH_BUILD'
}

/**
 * Clones, installs if needed, and builds `revision` of the repository at `root`; `tell` hears what takes long.
 * @throws UsageError when there is no such revision, OtherBuildError when it cannot be built.
 */
export async function buildRevision(
  root: string,
  revision: string,
  signal: AbortSignal,
  tell: (what: string) => void,
): Promise<OtherBuild> {
  const commit = await resolveRevision(root, revision)
  const folder = mkdtempSync(path.join(os.tmpdir(), 'irpool-compare-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  const step = async (what: string, command: string, ...argv: string[]) => {
    try {
      await run(command, argv, { cwd: folder, signal, maxBuffer: OUTPUT_BYTES })
    } catch (error) {
      throw new OtherBuildError(`${revision} could not be ${what}: ${complaintOf(error)}`, {
        cause: error,
      })
    }
  }
  try {
    tell(`building ${revision} (${commit})`)
    await step('cloned', 'git', 'clone', '--quiet', '--shared', '--no-checkout', root, folder)
    await step('checked out', 'git', 'checkout', '--quiet', '--detach', commit)
    const installed = !hasSameLock(root, folder)
    if (installed) {
      tell('its lock file is another: installing its modules')
      await step('installed', 'npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error')
    } else {
      symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'dir')
    }
    await step('built', 'npm', 'run', 'build', '--silent')
    return { root: folder, commit, installed, remove }
  } catch (error) {
    remove()
    throw error
  }
}

async function resolveRevision(root: string, revision: string): Promise<string> {
  const argv = ['rev-parse', '--verify', '--quiet', '--short=12', '--end-of-options']
  try {
    const { stdout } = await run('git', ['-C', root, ...argv, `${revision}^{commit}`])
    return stdout.trim()
  } catch {
    throw new UsageError(COMMAND, `'${revision}': git knows no such revision of ${root}`)
  }
}

function hasSameLock(root: string, folder: string): boolean {
  const [ours, theirs] = [root, folder].map((place) => path.join(place, 'package-lock.json'))
  if (!existsSync(ours!) || !existsSync(theirs!)) return false
  return readFileSync(ours!, 'utf8') === readFileSync(theirs!, 'utf8')
}

/** What the command itself said, or how it ended. */
function complaintOf(error: unknown): string {
  const { stderr, stdout, message } = error as { stderr?: string; stdout?: string; message: string }
  const said = (stderr ?? '').trim() || (stdout ?? '').trim()
  return said === '' ? message : said.split('\n').slice(0, SHOWN_LINES).join('\n')
}
