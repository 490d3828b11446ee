import { describe, expect, it } from 'vitest'
import { parseCompareOptions } from '../../../bench/compare/compare-options.js'

describe('parseCompareOptions', () => {
  it('has defaults for all but the revision', () => {
    expect(parseCompareOptions(['main'])).toMatchObject({
      revision: 'main',
      patterns: [],
      rounds: 10,
      durationMs: 500,
      workers: 1,
      micro: false,
      failBelow: undefined,
      margin: 0.05,
    })
  })

  it.each(['2%', '2', '2.0 %'])('understands --fail-below %j, which is the margin, too', (text) => {
    expect(parseCompareOptions(['main', '--fail-below', text])).toMatchObject({
      failBelow: 0.02,
      margin: 0.02,
    })
  })

  it.each([
    [[], /name a git revision/],
    [['main', '--fail-below', '0'], /--fail-below '0'/],
    [['main', '--fail-below', '100%'], /--fail-below '100%'/],
    [['main', '--fail-below', 'five'], /--fail-below 'five'/],
    [['main', '--runs', '0'], /--runs '0'/],
    [['main', 'other'], /unexpected 'other'/],
  ])('refuses %j', (argv, message) => {
    expect(() => parseCompareOptions(argv)).toThrow(message)
  })
})
