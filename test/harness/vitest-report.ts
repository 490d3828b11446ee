/**
 * Runs tests in a process of its own and answers what came of each. Runs on: any process, in the package's folder.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface VitestReport {
  readonly testResults: readonly {
    /** Path of the file. */
    readonly name: string
    readonly message?: string
    readonly assertionResults: readonly Assertion[]
  }[]
}

export interface Assertion {
  readonly status: string
  readonly title: string
  readonly fullName: string
  readonly failureMessages: readonly string[]
}

/** @param paths files or folders, as `vitest run` takes them */
export function runVitest(paths: readonly string[]): VitestReport {
  const folder = mkdtempSync(join(tmpdir(), 'irpool-tests-'))
  const file = join(folder, 'report.json')
  try {
    const args = ['vitest', 'run', ...paths, '--reporter=json', `--outputFile=${file}`]
    const { status, error } = spawnSync('npx', args, { stdio: ['ignore', 'ignore', 'inherit'] })
    if (!existsSync(file)) {
      const why = error?.message ?? `vitest ended with ${status}`
      const command = `npx vitest run ${paths.join(' ')}`
      throw new Error(`the tests left no report: ${why}; run "${command}" to see`)
    }
    return JSON.parse(readFileSync(file, 'utf8')) as VitestReport
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
