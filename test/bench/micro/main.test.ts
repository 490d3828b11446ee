import { describe, expect, it } from 'vitest'
import { runBuilt } from '../fixtures/build-folder.js'

function micro(...argv: string[]) {
  return runBuilt('bench/micro/main.js', ['--time-ms', '1', ...argv])
}

describe('bench:micro', () => {
  it('measures every part, and each part does its work', async () => {
    const { code, stdout, stderr } = await micro()
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const rows = stdout.trimEnd().split('\n').slice(2)
    for (const row of rows) expect(row).toMatch(/^ +\d+\.\d\d +\d+\.\d\d +\d+ {2}[a-z]/)
    for (const part of [
      'ring',
      'slot table',
      'doorbell',
      'buddy',
      'histogram',
      'dispatch',
      'route table',
      'request',
    ]) {
      expect(stdout).toContain(part)
    }
  })

  it('takes patterns, and refuses those that match nothing', async () => {
    const some = await micro('doorbell, slot*')
    expect(some.stdout.trimEnd().split('\n').slice(2)).toHaveLength(3)
    const none = await micro('nothing')
    expect(none.code).toBe(2)
    expect(none.stderr).toBe("bench:micro: nothing matches 'nothing'\n")
    expect((await micro('--tiem-ms', '1')).code).toBe(2)
  })
})
