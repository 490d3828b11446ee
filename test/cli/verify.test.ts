/** `irpool verify`, as a process: shipped drivers, one that breaks rules, and words that are none. */
import { describe, expect, it } from 'vitest'
import { built, runBuilt } from '../bench/fixtures/build-folder.js'

const COMMAND = 'src/cli/irpool.js'

function verify(...argv: string[]): ReturnType<typeof runBuilt> {
  return runBuilt(COMMAND, ['verify', ...argv])
}

describe('irpool verify', () => {
  it('says nothing about a good driver', async () => {
    const { code, stdout } = await verify('ramdisk', '--requests', '200')
    expect(stdout).toMatch(/^accepted \d+ completed \d+ .* duplicates 0 lost 0$/m)
    expect(stdout).toMatch(/^verifier: callbacks \d+ calls \d+ violations 0 /m)
    expect(code).toBe(0)
  })

  it('tells what a bad one breaks, where, and what to do', async () => {
    const breaker = built('test/fixtures/drivers/rule-breaker.js')
    const { code, stdout } = await verify(breaker, '--requests', '100')
    expect(stdout).toMatch(/^RequestCompletedLocal: /m)
    expect(stdout).toMatch(/at .*rule-breaker\.js:\d+:\d+/)
    expect(stdout).toContain('  to do ')
    expect(code).toBe(1)
  })

  it('lets allocations fail, calls wait, sends pend, and a filter stand on something', async () => {
    const injected = ['--failures', '0.001', '--delays', '0.2', '--pending', '0.5']
    const words = ['stats', '--filter', ...injected, '--json']
    const { code, stdout } = await verify(...words, '--requests', '100')
    const { reports, summary } = JSON.parse(stdout.slice(stdout.indexOf('{\n'))) as {
      reports: unknown[]
      summary: { delays: number; pended: number }
    }
    expect(reports).toEqual([])
    expect(summary.delays).toBeGreaterThan(0)
    expect(summary.pended).toBeGreaterThan(0)
    expect(code).toBe(0)
  })

  it('lists the rules', async () => {
    const { code, stdout } = await verify('--rules')
    expect(stdout.trimEnd().split('\n')).toHaveLength(90)
    expect(stdout).toMatch(/^DoubleCompletion +checked /m)
    expect(code).toBe(0)
  })

  it.each([
    [[], /DRIVER is missing/],
    [['no-such-driver'], /neither a file nor a shipped driver/],
    [['null', '--failures', '2'], /--failures '2': expected a number/],
    [['null', '--parameters', '[1]'], /expected an object/],
    [['null', '--parameters', '{'], /--parameters '\{'/],
  ])('refuses %j', async (argv, message) => {
    const { code, stderr } = await verify(...argv)
    expect(stderr).toMatch(message)
    expect(code).toBe(2)
  })
})
