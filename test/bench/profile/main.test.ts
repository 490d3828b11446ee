import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { ProfileReport } from '../../../bench/profile/profile-json.js'
import { readLog } from '../../../bench/profile/v8-log.js'
import { built, runBuilt } from '../fixtures/build-folder.js'

const folder = mkdtempSync(path.join(os.tmpdir(), 'irpool-profile-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

function profile(...argv: string[]) {
  return runBuilt('src/cli/irpool.js', ['profile', ...argv])
}

describe('irpool profile', () => {
  it('profiles every thread of a run, names it, and says where the logs are', async () => {
    const json = path.join(folder, 'p.json')
    const html = path.join(folder, 'p.html')
    const logs = path.join(folder, 'logs')
    const files = ['--json', json, '--html', html, '--keep', logs]
    const { code, stdout } = await profile('irp/batch/depth-64', '--duration', '0.5', ...files)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ +host +worker 1 +all$/m)
    expect(stdout).toMatch(/^ {2}dispatch +/m)
    expect(stdout).toContain(`raw logs: ${logs}`)
    const report: ProfileReport = JSON.parse(readFileSync(json, 'utf8'))
    expect(report.threads.map(({ name, threadId }) => [name, threadId])).toEqual([
      ['host', 0],
      ['worker 1', 1],
    ])
    const [host, worker] = report.threads
    expect(host?.layers['manager']).toBeGreaterThan(0)
    expect(worker?.layers['dispatch']).toBeGreaterThan(0)
    expect(readdirSync(logs).filter((name) => name.endsWith('-v8.log'))).toHaveLength(2)
    // The logs stay what node's own reader reads well.
    const read = spawnSync(process.execPath, ['--prof-process', worker!.log], { encoding: 'utf8' })
    expect(read.status).toBe(0)
    for (const part of ['[JavaScript]:', '[Summary]:', '[Bottom up (heavy) profile]:']) {
      expect(read.stdout).toContain(part)
    }
    expect(readFileSync(html, 'utf8')).toMatch(/<\/html>\s*$/)
  }, 60_000)

  it('leaves no folder of logs behind when there is nothing to tell of it', () => {
    const temporary = mkdtempSync(path.join(folder, 'temporary-'))
    const { status, stdout } = spawnSync(
      process.execPath,
      [built('src/cli/irpool.js'), 'profile', 'native/ring/batch-32', '--duration', '0.01'],
      { encoding: 'utf8', env: { ...process.env, CXX: '/no/such/compiler', TMPDIR: temporary } },
    )
    expect(stdout).toContain('native/ring/batch-32: skipped: needs')
    expect(status).toBe(0)
    expect(readdirSync(temporary)).toEqual([])
  })

  it('answers --help, and refuses what it does not know', async () => {
    const help = await profile('--help')
    expect(help).toMatchObject({ code: 0, stderr: '' })
    expect(help.stdout).toMatch(/^Usage: irpool profile/)
    expect(await profile('nothing-of-the-kind')).toMatchObject({ code: 2 })
    expect(await profile('--keep')).toMatchObject({ code: 2 })
  })
})

describe('readLog', () => {
  it('says what is wrong with a file that is no log', async () => {
    const missing = path.join(folder, 'isolate-0x1-1-v8.log')
    await expect(readLog(missing)).rejects.toThrow(/isolate-0x1-1-v8\.log: node --prof-process/)
  })
})
