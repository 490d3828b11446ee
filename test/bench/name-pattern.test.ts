import { describe, expect, it } from 'vitest'
import { matchesAny, splitPatterns } from '../../bench/name-pattern.js'

describe('matchesAny', () => {
  it('finds a plain pattern anywhere in the name', () => {
    expect(matchesAny('rival/comlink/depth-64', ['link/d'])).toBe(true)
    expect(matchesAny('rival/comlink/depth-64', ['comlink/depth-1'])).toBe(false)
  })

  it('matches a glob against the whole name, slashes included', () => {
    expect(matchesAny('rival/comlink/depth-64', ['rival/*'])).toBe(true)
    expect(matchesAny('rival/comlink/depth-64', ['comlink*'])).toBe(false)
    expect(matchesAny('rival/comlink/depth-64', ['*depth-??'])).toBe(true)
    expect(matchesAny('rival/comlink/depth-1024', ['*depth-??'])).toBe(false)
  })

  it('takes everything else in a glob literally', () => {
    expect(matchesAny('a+b/c', ['a+b/*'])).toBe(true)
    expect(matchesAny('aab/c', ['a+b/*'])).toBe(false)
    expect(matchesAny('axc', ['a.c*'])).toBe(false)
  })

  it('is content with one of several', () => {
    expect(matchesAny('x/y', ['a', 'y'])).toBe(true)
    expect(matchesAny('x/y', [])).toBe(false)
  })
})

describe('splitPatterns', () => {
  it('splits at commas and drops empty parts', () => {
    expect(splitPatterns(' a, b* ,,c,')).toEqual(['a', 'b*', 'c'])
    expect(splitPatterns(' , ')).toEqual([])
  })
})
