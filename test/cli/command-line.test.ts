import { describe, expect, it } from 'vitest'
import type { Command } from '../../src/cli/command.js'
import { readVersion, runCommandLine } from '../../src/cli/command-line.js'
import { UsageError } from '../../src/cli/usage-error.js'

async function run(...argv: string[]) {
  const calls: (readonly string[])[] = []
  const command = (name: string, answer: () => number): Command => ({
    name,
    summary: `does ${name}`,
    run(rest) {
      calls.push([name, ...rest])
      return Promise.resolve().then(answer)
    },
  })
  const commands = [
    command('bench', () => 7),
    command('serve', () => {
      throw new UsageError('irpool serve', '--port: a value is missing')
    }),
    command('crash', () => {
      throw new Error('broken')
    }),
  ]
  let stdout = ''
  let stderr = ''
  const code = await runCommandLine(argv, commands, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
  })
  return { code, stdout, stderr, calls }
}

describe('runCommandLine', () => {
  it('hands the rest of the line to the command and its exit code back', async () => {
    const { code, calls } = await run('bench', '--quick', '--help')
    expect(code).toBe(7)
    expect(calls).toEqual([['bench', '--quick', '--help']])
  })

  it.each([['--help'], ['-h'], ['help']])('explains itself on %s', async (word) => {
    const { code, stdout, stderr } = await run(word)
    expect(code).toBe(0)
    expect(stdout).toMatch(/Usage: irpool COMMAND[^]*bench +does bench[^]*Examples:/)
    expect(stderr).toBe('')
  })

  it('passes help about a command on to it', async () => {
    expect((await run('help', 'bench')).calls).toEqual([['bench', '--help']])
  })

  it.each(['--version', '-v'])('tells its version on %s', async (word) => {
    const { code, stdout } = await run(word)
    expect(code).toBe(0)
    expect(stdout).toBe(`${readVersion()}\n`)
    expect(readVersion()).toMatch(/^\d+\.\d+\.\d+/)
  })

  it.each([
    ['bnech', "irpool: unknown command 'bnech'; did you mean 'bench'?\nTry 'irpool --help'.\n"],
    ['xyzzy', "irpool: unknown command 'xyzzy'\nTry 'irpool --help'.\n"],
    [
      '--versoin',
      "irpool: unknown option '--versoin'; did you mean '--version'?\nTry 'irpool --help'.\n",
    ],
  ])('answers %s with exit code 2 and a hint', async (word, message) => {
    const { code, stdout, stderr } = await run(word)
    expect(code).toBe(2)
    expect(stderr).toBe(message)
    expect(stdout).toBe('')
  })

  it('takes an empty line for a mistake and explains itself on stderr', async () => {
    const { code, stdout, stderr } = await run()
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain('Usage: irpool COMMAND')
  })

  it("turns a command's UsageError into exit code 2 with a pointer to its help", async () => {
    const { code, stderr } = await run('serve')
    expect(code).toBe(2)
    expect(stderr).toBe("irpool serve: --port: a value is missing\nTry 'irpool serve --help'.\n")
  })

  it('lets other errors through', async () => {
    await expect(run('crash')).rejects.toThrow('broken')
  })
})
