/**
 * output-file.ts: files that a run is to read or write: tried before it begins, for minutes of measuring must not
 * end in "no such folder".
 *
 * Runs on: the main thread of the command.
 * Invariant: trying changes nothing: no file is truncated, and none is left behind that was not there.
 */
import {
  accessSync,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readlinkSync,
  statSync,
  unlinkSync,
} from 'node:fs'
import path from 'node:path'
import { UsageError } from '../src/cli/usage-error.js'

/** What people are told; other failures speak in the system's words. */
const WHY: Readonly<Record<string, string>> = {
  EACCES: 'there is no permission',
  EISDIR: 'this is a folder',
  ENOENT: 'there is no such folder',
  ENOTDIR: 'what it lies in is no folder',
  EROFS: 'the file system is read-only',
}

/**
 * The absolute path of a file that can be written there. Throws UsageError otherwise.
 * @param option as it is typed, `--json`; empty where the file is a word by itself
 */
export function requireWritable(command: string, option: string, file: string): string {
  const what = `${option} '${file}'`.trim()
  if (file === '-') {
    throw new UsageError(command, `${what}: expected a file's name; for one of this name, './-'`)
  }
  const whole = path.resolve(file)
  try {
    // Gone once the path is resolved, though it says what is meant.
    if (file.endsWith('/')) throw Object.assign(new Error(), { code: 'EISDIR' })
    tryToWrite(whole)
    return whole
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    const why = WHY[code] ?? message
    throw new UsageError(command, `${what}: expected a file that can be written: ${why}`)
  }
}

/** Opens it as the end of the run will: permissions alone know nothing of read-only disks and long names. */
function tryToWrite(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined) {
    if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
      tryToWrite(path.resolve(path.dirname(file), readlinkSync(file)))
      return
    }
    closeSync(openSync(file, 'wx'))
    unlinkSync(file)
  } else if (found.isFile() || found.isDirectory()) {
    closeSync(openSync(file, constants.O_WRONLY))
  } else {
    // Opening a pipe would wait for its reader.
    accessSync(file, constants.W_OK)
  }
}

/**
 * Throws UsageError when two options name one file, of which only the last written would be left.
 * @param files by option, as it is typed; absolute
 */
export function requireDistinct(
  command: string,
  files: Readonly<Record<string, string | undefined>>,
): void {
  const options = new Map<string, string>()
  for (const [option, file] of Object.entries(files)) {
    // A device or a pipe takes whatever comes.
    if (file === undefined || statSync(file, { throwIfNoEntry: false })?.isFile() === false)
      continue
    const other = options.get(file)
    if (other !== undefined) {
      throw new UsageError(command, `${option} '${file}': ${other} names this file too`)
    }
    options.set(file, option)
  }
}

/** The absolute path. Throws UsageError when there is no file that can be read. */
export function requireReadable(command: string, option: string, file: string): string {
  try {
    accessSync(file, constants.R_OK)
    if (statSync(file).isFile()) return path.resolve(file)
  } catch {
    throw new UsageError(
      command,
      `${option} '${file}': expected a file that exists and can be read`,
    )
  }
  throw new UsageError(command, `${option} '${file}': expected a file, this is none`)
}
