import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { renderComparison, renderFailures } from '../../../bench/compare/compare-report.js'
import { judge } from '../../../bench/compare/judgement.js'
import { root } from '../../harness/sources.js'
import { runBuilt } from '../fixtures/build-folder.js'

describe('the comparison for people', () => {
  it('has both medians, the speed-up with its interval, and the verdict', () => {
    const pairs = Array.from({ length: 8 }, () => ({ base: 1000, current: 1500 }))
    const rules = { lowerIsBetter: false, margin: 0.05 }
    const one = { name: 'irp/x', unit: 'IRP/s', lowerIsBetter: false, pairs }
    const table = renderComparison(
      [{ ...one, judgement: judge(pairs, rules) }],
      'main',
      (_, text) => text,
    )
    expect(table).toMatch(/main +this build +speed-up +95 % +unit/)
    expect(table).toMatch(/irp\/x +1,000 +1,500 +1\.500× +1\.500 – 1\.500 +IRP\/s +faster\n$/)
  })

  it('tells in which build a run failed', () => {
    const failures = [
      { name: 'irp/x', build: 'base', kind: 'failed', why: 'exit code 2' },
      { name: 'irp/y', build: 'current', kind: 'wrong', why: 'lost 1' },
    ] as const
    expect(renderFailures(failures, 'main')).toBe(
      'irp/x: failed in main: exit code 2\nirp/y: failed in this build: lost 1\n',
    )
    expect(renderFailures([], 'main')).toBe('')
  })
})

describe('bench:compare as a process', () => {
  const isClone = existsSync(path.join(root, '.git'))

  it.skipIf(!isClone)('builds and runs another revision beside this one', async () => {
    const argv = ['HEAD', '--runs', '2', '--duration', '0.05', '--pattern', 'irp/batch/depth-64']
    const { code, stdout } = await runBuilt('bench/compare/cli.js', argv)
    expect(stdout).toMatch(/irp\/batch\/depth-64 .*IRP\/s +too few rounds/)
    expect(code).toBe(0)
  })

  it('answers --help, and refuses what it does not know', async () => {
    const help = await runBuilt('bench/compare/cli.js', ['--help'])
    expect(help.code).toBe(0)
    expect(help.stdout).toMatch(/^Usage: npm run bench:compare/)
    expect((await runBuilt('bench/compare/cli.js', [])).code).toBe(2)
  })
})
