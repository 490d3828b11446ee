/**
 * Every JavaScript block of the README runs as it stands, and prints what its comments say.
 * Runs on: vitest; each program in a process of its own, inside the package, so that `irpool` is itself.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const folder = join(root, 'build', 'readme-examples')
const blocks = [
  ...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/```js\n([\s\S]*?)```/g),
].map((match) => match[1] ?? '')

function nameOf(block: string, index: number): string {
  return /^\/\/ (\S+\.mjs)\n/.exec(block)?.[1] ?? `example-${index}.mjs`
}

/** What the block says it prints: the comment behind each console.log. */
function promisedOutput(block: string): string[] {
  return [...block.matchAll(/console\.log\(.*\) \/\/ (.*)/g)].map((match) => match[1] ?? '')
}

beforeAll(() => {
  mkdirSync(folder, { recursive: true })
  blocks.forEach((block, index) => writeFileSync(join(folder, nameOf(block, index)), block))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('README', () => {
  it('has examples', () => {
    expect(blocks.length).toBeGreaterThanOrEqual(4)
  })

  blocks.forEach((block, index) => {
    const name = nameOf(block, index)
    const promised = promisedOutput(block)
    if (promised.length === 0) return
    it(`${name} prints ${promised.join(', ')}`, () => {
      const output = execFileSync(process.execPath, [name], {
        cwd: folder,
        encoding: 'utf8',
        timeout: 30_000,
      })
      const lines = output.trim().split('\n')
      expect(lines).toHaveLength(promised.length)
      lines.forEach((line, i) => expect(promised[i]?.startsWith(line.trim())).toBe(true))
    })
  })
})
