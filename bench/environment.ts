/**
 * environment.ts: on what the figures were taken.
 *
 * Runs on: the orchestrator's main thread, once, before the first child (so that the load is not its own).
 */
import { execFileSync } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { readVersion } from '../src/cli/command-line.js'

export interface Environment {
  readonly node: string
  readonly platform: string
  readonly cpu: string
  /** What this process may use, which in a container is less than the machine has. */
  readonly cores: number
  /** One-minute load average before the first run. */
  readonly loadAverage: number
  /** Of this package; reports that were written before it was recorded lack it. */
  readonly version?: string
  /** Of this package's own repository, `-dirty` when files differ; `unknown` outside of one. */
  readonly commit: string
  /** ISO 8601, UTC. */
  readonly date: string
}

export function readEnvironment(): Environment {
  const model = os.cpus()[0]?.model.replaceAll(/\s+/g, ' ').trim() ?? ''
  return {
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cpu: model === '' ? `unknown ${process.arch}` : model,
    cores: os.availableParallelism(),
    loadAverage: Math.round((os.loadavg()[0] ?? 0) * 100) / 100,
    version: readVersion(),
    commit: readCommit(),
    date: new Date().toISOString(),
  }
}

/** What was measured, as far as it is known: `irpool 0.1.0, commit 0123456789ab`. */
export function describeBuild({
  version,
  commit,
}: Pick<Environment, 'version' | 'commit'>): string {
  const known = [
    ...(version === undefined ? [] : [`irpool ${version}`]),
    ...(commit === 'unknown' && version !== undefined ? [] : [`commit ${commit}`]),
  ]
  return known.join(', ')
}

function readCommit(): string {
  try {
    const manifest = createRequire(import.meta.url).resolve('irpool/package.json')
    const root = realpathSync(path.dirname(manifest))
    // An installed package sits inside somebody else's repository, whose commit says nothing of ours.
    if (realpathSync(git(root, 'rev-parse', '--show-toplevel')) !== root) return 'unknown'
    const dirty = git(root, 'status', '--porcelain', '--untracked-files=no') !== ''
    return git(root, 'rev-parse', '--short=12', 'HEAD') + (dirty ? '-dirty' : '')
  } catch {
    return 'unknown'
  }
}

function git(directory: string, ...argv: string[]): string {
  return execFileSync('git', ['-C', directory, ...argv], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 5000,
  }).trim()
}
