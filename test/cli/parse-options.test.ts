import { describe, expect, it } from 'vitest'
import { parseOptions } from '../../src/cli/parse-options.js'
import { UsageError } from '../../src/cli/usage-error.js'

const OPTIONS = {
  file: { type: 'string' },
  rate: { type: 'string' },
  loud: { type: 'boolean', short: 'l' },
} as const

function parse(argv: string[], expected: string[] = []) {
  return parseOptions('tool', argv, OPTIONS, expected)
}

describe('parseOptions', () => {
  it('reads values in both spellings, flags, short flags and words', () => {
    const parsed = parse(['--file', 'a', 'WORD', '-l', '--rate=-2.5e1'], ['NAME'])
    expect(parsed.text('file')).toBe('a')
    expect(parsed.has('loud')).toBe(true)
    expect(parsed.number('rate', 0, { min: -100, max: 0 })).toBe(-25)
    expect(parsed.positionals).toEqual(['WORD'])
  })

  it('falls back where nothing was given', () => {
    const parsed = parse([])
    expect(parsed.text('file')).toBeUndefined()
    expect(parsed.has('loud')).toBe(false)
    expect(parsed.number('rate', 7, { min: 0, max: 1 })).toBe(7)
  })

  it('takes the last of a repeated option and words behind --', () => {
    const parsed = parse(['--file', 'a', '--file', 'b', '--', '--loud'], ['NAME'])
    expect(parsed.text('file')).toBe('b')
    expect(parsed.has('loud')).toBe(false)
    expect(parsed.positionals).toEqual(['--loud'])
  })

  it.each([
    [['--fiel', 'x'], "tool: unknown option '--fiel'; did you mean '--file'?"],
    [['-x'], "tool: unknown option '-x'"],
    [['--toString'], "tool: unknown option '--toString'"],
    [['--file'], 'tool: --file: a value is missing after it'],
    [['--file='], 'tool: --file: a value is missing after it'],
    [['--file', '--loud'], 'tool: --file: a value is missing after it'],
    [['--loud=1'], "tool: --loud '1': this option takes no value"],
    [['word'], "tool: unexpected 'word': expected only options"],
  ])('rejects %j', (argv, message) => {
    expect(() => parse(argv)).toThrow(new UsageError('tool', message.replace('tool: ', '')))
  })

  it('takes a value with a leading dash when it is attached', () => {
    expect(parse(['--file=-x']).text('file')).toBe('-x')
  })

  it.each(['', ' ', '1x', '0x10', 'NaN', 'Infinity', '1e999', '11', '-1'])(
    'does not take %j for a number from 0 to 10',
    (text) => {
      const number = () => parse([`--rate=${text}`]).number('rate', 0, { min: 0, max: 10 })
      expect(number).toThrow(UsageError)
    },
  )

  it('names option, value, unit and range', () => {
    const range = { min: 1, max: 9, integer: true, unit: 'hertz' }
    expect(() => parse(['--rate', '2.5']).number('rate', 1, range)).toThrow(
      "tool: --rate '2.5': expected a whole number of hertz from 1 to 9",
    )
  })
})
