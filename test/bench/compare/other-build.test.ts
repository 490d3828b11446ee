import { execFileSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildRevision } from '../../../bench/compare/other-build.js'

const root = mkdtempSync(path.join(os.tmpdir(), 'irpool-other-'))
afterAll(() => rmSync(root, { recursive: true }))
const { signal } = new AbortController()

function git(...argv: string[]): void {
  const who = [
    '-c',
    'user.name=test',
    '-c',
    'user.email=test@localhost',
    '-c',
    'commit.gpgsign=false',
  ]
  execFileSync('git', ['-C', root, ...who, ...argv], { stdio: 'ignore' })
}

function write(name: string, content: unknown): void {
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  writeFileSync(path.join(root, name), text)
}

/** Commits a package whose build writes `result`. */
function commit(tag: string, result: string, version: string): void {
  const build = `node -e "fs.mkdirSync('build');fs.writeFileSync('build/result','${result}')"`
  const name = { name: 'p', version }
  write('package.json', { ...name, scripts: { build } })
  write('package-lock.json', { ...name, lockfileVersion: 3, packages: { '': name } })
  git('add', '.')
  git('commit', '-m', tag)
  git('tag', tag)
}

beforeAll(() => {
  git('init')
  write('.gitignore', 'node_modules\n')
  commit('other-lock', 'first', '0.0.1')
  commit('same-lock', 'second', '0.0.2')
  commit('broken', "');process.exit(3);('", '0.0.2')
  commit('now', 'now', '0.0.2')
  mkdirSync(path.join(root, 'node_modules'))
})

function temporaryFolders(): string[] {
  return readdirSync(os.tmpdir()).filter((name) => name.startsWith('irpool-compare-'))
}

function buildOther(revision: string, told: string[] = []) {
  return buildRevision(root, revision, signal, (what) => told.push(what))
}

describe('buildRevision', () => {
  it('builds a revision with the modules of this one when the lock file is the same', async () => {
    const other = await buildOther('same-lock')
    expect(readFileSync(path.join(other.root, 'build/result'), 'utf8')).toBe('second')
    expect(other.installed).toBe(false)
    expect(other.commit).toMatch(/^[0-9a-f]{12}$/)
    expect(lstatSync(path.join(other.root, 'node_modules')).isSymbolicLink()).toBe(true)
    other.remove()
    expect(existsSync(other.root)).toBe(false)
    expect(existsSync(path.join(root, 'node_modules'))).toBe(true)
  })

  it('installs its own modules when it is another, and says so', async () => {
    const told: string[] = []
    const other = await buildOther('other-lock', told)
    expect(readFileSync(path.join(other.root, 'build/result'), 'utf8')).toBe('first')
    expect(other.installed).toBe(true)
    expect(told).toEqual([
      expect.stringContaining('other-lock'),
      expect.stringContaining('lock file'),
    ])
    other.remove()
  })

  it('leaves nothing behind when it fails', async () => {
    const before = temporaryFolders()
    await expect(buildOther('broken')).rejects.toMatchObject({
      code: 'ERR_IRP_BENCH_BUILD',
      message: expect.stringContaining('broken could not be built'),
    })
    expect(temporaryFolders()).toEqual(before)
    await expect(buildOther('--help')).rejects.toMatchObject({ code: 'ERR_IRP_USAGE' })
    await expect(buildOther('nothing')).rejects.toThrow(/'nothing': git knows no such revision/)
  })
})
