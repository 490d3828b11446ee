/**
 * output-file.ts: files that a run is to write: checked before it begins, for a minute of measuring must not end
 * in "no such folder".
 *
 * Runs on: the main thread of the command.
 */
import { accessSync, constants, statSync } from 'node:fs'
import path from 'node:path'
import { UsageError } from '../src/cli/usage-error.js'

/** The absolute path. Throws UsageError when it cannot be a file there. */
export function requireWritable(command: string, option: string, file: string): string {
  const folder = path.dirname(path.resolve(file))
  try {
    accessSync(folder, constants.W_OK)
  } catch {
    throw new UsageError(
      command,
      `--${option} '${file}': expected a file in a folder that can be written`,
    )
  }
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw new UsageError(command, `--${option} '${file}': expected a file, this is a folder`)
  }
  return path.resolve(file)
}

/** The absolute path. Throws UsageError when there is no file that can be read. */
export function requireReadable(command: string, option: string, file: string): string {
  try {
    accessSync(file, constants.R_OK)
    if (statSync(file).isFile()) return path.resolve(file)
  } catch {
    throw new UsageError(
      command,
      `--${option} '${file}': expected a file that exists and can be read`,
    )
  }
  throw new UsageError(command, `--${option} '${file}': expected a file, this is none`)
}
