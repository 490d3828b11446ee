import { describe, expect, it } from 'vitest'
import {
  BlockVersions,
  PAGE_BLOCKS,
  UNDECIDED,
  versionAfter,
} from '../../native-sim/block-versions.js'

describe('versionAfter', () => {
  it('counts from 1, past undecided versions, and starts over at 1', () => {
    expect([versionAfter(0), versionAfter(1), versionAfter(5 | UNDECIDED)]).toEqual([1, 2, 6])
    expect(versionAfter(0x7fff_ffff)).toBe(1)
    expect(versionAfter(0x7fff_ffff | UNDECIDED)).toBe(1)
  })
})

describe('BlockVersions', () => {
  it('has pages where something was written', () => {
    const versions = new BlockVersions()
    expect(versions.page(PAGE_BLOCKS)).toBeUndefined()
    const page = versions.pageForWrite(PAGE_BLOCKS + 1)
    expect(versions.page(PAGE_BLOCKS)).toBe(page)
    expect(versions.pageForWrite(2 * PAGE_BLOCKS - 1)).toBe(page)
    expect(versions.page(PAGE_BLOCKS - 1)).toBeUndefined()
  })

  it('marks the version that failed, not a later one', () => {
    const versions = new BlockVersions()
    const page = versions.pageForWrite(0)
    page[3] = 8
    versions.markUndecided(3, 7)
    expect(page[3]).toBe(8)
    versions.markUndecided(3, 8)
    expect(page[3]).toBe(8 | UNDECIDED)
    versions.markUndecided(2 ** 40, 1)
    expect(versions.page(2 ** 40)).toBeUndefined()
  })
})
