/** `irpool tree`, as a process: the built command with systems of a few lines. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { built, runBuilt } from '../bench/fixtures/build-folder.js'

const COMMAND = 'src/cli/irpool.js'
const folder = mkdtempSync(path.join(os.tmpdir(), 'irpool-tree-'))
afterAll(() => rmSync(folder, { recursive: true }))

const nullDriver = pathToFileURL(built('src/pairs/kmdf/null.js')).href

/** A module of that text, in a file. */
function moduleFile(name: string, text: string): string {
  const file = path.join(folder, name)
  writeFileSync(file, text)
  return file
}

describe('irpool tree', () => {
  const levels = `[{ driver: ${JSON.stringify(nullDriver)}, role: 'filter' },
    { driver: ${JSON.stringify(nullDriver)} }, { driver: ${JSON.stringify(nullDriver)}, role: 'bus' }]`

  it('prints the stacks of a described system, top to bottom', async () => {
    const file = moduleFile(
      'system.mjs',
      `export default { workers: 1, devices: [{ name: 'disk', stack: ${levels} }] }`,
    )
    const { code, stdout, stderr } = await runBuilt(COMMAND, ['tree', file])
    expect([code, stderr]).toEqual([0, ''])
    const lines = stdout.trimEnd().split('\n')
    expect(lines[0]).toBe('device node disk, 3 levels, worker 0')
    const objects = lines.filter((line) => / (filter DO|FDO|PDO) /.test(line))
    expect(objects).toEqual([
      '├─ filter DO disk, driver null.js',
      '├─ FDO disk/1, driver null.js',
      '└─ PDO disk/2, driver null.js',
    ])
    expect(lines.filter((line) => line.includes('queue'))).toHaveLength(3)
  })

  it('takes a bare list of devices, and prints JSON', async () => {
    const file = moduleFile(
      'list.mjs',
      `export default [{ name: 'one', driver: ${JSON.stringify(nullDriver)}, worker: 0 }]`,
    )
    const { code, stdout } = await runBuilt(COMMAND, ['tree', file, '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject([
      { name: 'one', role: 'function', homeWorker: 0, below: [], driver: nullDriver },
    ])
  })

  it('--ascii needs no box characters', async () => {
    const file = moduleFile('ascii.mjs', `export default [{ name: 'a', stack: ${levels} }]`)
    const { stdout } = await runBuilt(COMMAND, ['tree', file, '--ascii'])
    expect(stdout).toMatch(/^[\n\x20-\x7e]+$/)
  })

  it.each([
    ['no file', [], 'FILE is missing'],
    ['a file that is not there', ['nowhere.mjs'], "'nowhere.mjs' cannot be loaded"],
    ['a word too many', ['a', 'b'], "unexpected 'b'"],
    ['an unknown option', ['a', '--jason'], "did you mean '--json'"],
  ])('%s: exit code 2 and what to do', async (_name, argv, message) => {
    const { code, stdout, stderr } = await runBuilt(COMMAND, ['tree', ...argv])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
  })

  it('a module without a system: exit code 2', async () => {
    const file = moduleFile('empty.mjs', 'export const devices = []')
    const { code, stderr } = await runBuilt(COMMAND, ['tree', file])
    expect(code).toBe(2)
    expect(stderr).toContain('default export')
  })

  it('a driver that cannot be loaded: exit code 1, named', async () => {
    const file = moduleFile(
      'broken.mjs',
      `export default [{ name: 'b', driver: 'file:///nowhere/driver.js' }]`,
    )
    const { code, stderr } = await runBuilt(COMMAND, ['tree', file])
    expect(code).toBe(1)
    expect(stderr).toContain('/nowhere/driver.js')
  })

  it('--help says what FILE is', async () => {
    const { code, stdout } = await runBuilt(COMMAND, ['tree', '--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('Usage: irpool tree FILE')
  })
})
