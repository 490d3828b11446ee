import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { requireDistinct, requireReadable, requireWritable } from '../../bench/output-file.js'

const folder = mkdtempSync(path.join(os.tmpdir(), 'irpool-output-'))
afterAll(() => rmSync(folder, { recursive: true }))

const inFolder = (name: string) => path.join(folder, name)
const writable = (file: string) => requireWritable('irpool x', '--json', file)
const readable = (file: string) => requireReadable('irpool x', '--trace', file)
const distinct = (json: string, html?: string) =>
  requireDistinct('irpool x', { '--json': json, '--html': html })

describe('requireWritable', () => {
  it('answers the absolute path of a file that can be, and leaves none behind', () => {
    const file = inFolder('new.json')
    expect(writable(path.relative(process.cwd(), file))).toBe(file)
    expect(existsSync(file)).toBe(false)
  })

  it('leaves a file that is there as it was', () => {
    const file = inFolder('old.json')
    writeFileSync(file, 'precious')
    const { mtimeMs } = statSync(file)
    expect(writable(file)).toBe(file)
    expect(readFileSync(file, 'utf8')).toBe('precious')
    expect(statSync(file).mtimeMs).toBe(mtimeMs)
  })

  it('follows a link to where the file would be', () => {
    symlinkSync('target.json', inFolder('link.json'))
    expect(writable(inFolder('link.json'))).toBe(inFolder('link.json'))
    symlinkSync('nowhere/target.json', inFolder('lost.json'))
    expect(() => writable(inFolder('lost.json'))).toThrow(/'.*lost.json': .*no such folder/)
    symlinkSync('loop.json', inFolder('loop.json'))
    expect(() => writable(inFolder('loop.json'))).toThrow(/'.*loop.json': .*ELOOP/)
    expect(readdirSync(folder)).not.toContain('target.json')
  })

  it('takes what is no file but can be written', () => {
    expect(writable('/dev/null')).toBe('/dev/null')
  })

  it('says why another cannot be', () => {
    mkdirSync(inFolder('sub'))
    writeFileSync(inFolder('plain'), '')
    const refused: [string, RegExp][] = [
      [inFolder('sub'), /^irpool x: --json '.*\/sub': expected a file .*: this is a folder$/],
      [inFolder('later/'), /this is a folder$/],
      [inFolder('none/x'), /there is no such folder$/],
      [inFolder('plain/x'), /what it lies in is no folder$/],
      [inFolder('x'.repeat(300)), /ENAMETOOLONG/],
      ['-', /--json '-': expected a file's name; for one of this name, '.\/-'/],
    ]
    for (const [file, message] of refused) expect(() => writable(file)).toThrow(message)
    expect(() => requireWritable('irpool x', '', inFolder('sub'))).toThrow(/^irpool x: '.*\/sub': /)
  })

  // Root may write whatever the mode says.
  it.skipIf(process.getuid?.() === 0)('sees the permissions of file and folder', () => {
    const file = inFolder('locked.json')
    writeFileSync(file, '')
    chmodSync(file, 0o444)
    expect(() => writable(file)).toThrow(/there is no permission$/)
    mkdirSync(inFolder('locked'), { mode: 0o555 })
    expect(() => writable(inFolder('locked/x'))).toThrow(/there is no permission$/)
  })
})

describe('requireDistinct', () => {
  it('refuses one file for two options, but not one device', () => {
    const file = inFolder('both')
    expect(() => distinct(file, file)).toThrow(/--html '.*both': --json names this file too/)
    distinct(file, `${file}.html`)
    distinct(file)
    distinct('/dev/null', '/dev/null')
  })
})

describe('requireReadable', () => {
  it('answers the absolute path of a file, and of nothing else', () => {
    expect(readable('package.json')).toBe(path.resolve('package.json'))
    expect(() => readable(folder)).toThrow(/--trace '.*': expected a file, this is none/)
    expect(() => readable(inFolder('no'))).toThrow(/expected a file that exists and can be read/)
  })
})
