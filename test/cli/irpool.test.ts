import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { built, runBuilt } from '../bench/fixtures/build-folder.js'

const folder = mkdtempSync(path.join(os.tmpdir(), 'irpool-entry-'))
afterAll(() => rmSync(folder, { recursive: true }))

it('ends with the exit code of its command', async () => {
  expect(await runBuilt('src/cli/irpool.js', ['--version'])).toMatchObject({ code: 0, stderr: '' })
  expect(await runBuilt('src/cli/irpool.js', ['bnech'])).toMatchObject({ code: 2, stdout: '' })
})

it('keeps its exit code and writes its files although nobody reads its output any more', async () => {
  const json = path.join(folder, 'run.json')
  const argv = ['bench', '--depth', '1', '--runs', '1', '--duration', '0.01', '--max-p99', '1ns']
  const child = spawn(
    process.execPath,
    [built('src/cli/irpool.js'), ...argv, '--json', json, '--timeline', `${json}.timeline`],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  const closed = once(child, 'close')
  // What `| head -1` does.
  await once(child.stdout, 'data')
  child.stdout.destroy()
  const [code] = await closed
  expect(complaints).toBe('')
  expect(code).toBe(1)
  expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({ schema: 'irpool-bench/1' })
  expect(readFileSync(`${json}.timeline`, 'utf8')).toContain('traceEvents')
}, 60_000)
