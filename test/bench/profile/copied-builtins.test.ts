import { describe, expect, it } from 'vitest'
import { copiedBuiltins } from '../../../bench/profile/copied-builtins.js'

const MEGABYTE = 2 ** 20
const PAGE = 2 ** 18
const RANGE = 0x7f0000000000
/** Two builtins of 256 bytes with a hole between them; the whole copy fits in one page. */
const LOG = `v8-version,11,3
new,CodeRange,0x${RANGE.toString(16)},0
code-creation,Builtin,2,10,0x1000,256,AtomicsLoad
code-creation,BytecodeHandler,2,11,0x1200,256,Star
code-creation,JS,10,12,0x5000,40,f file:///a.js:1:1,0x1,~
tick,0x1,1,0,0x0,0
`

/** The address of an original's copy in a code range of so many megabytes. */
function copyOf(original: number, megabytes: number): number {
  return RANGE + megabytes * MEGABYTE - PAGE + (original - 0x1000)
}

describe('copiedBuiltins', () => {
  it.each([512, 128])('finds the copy at the end of a code range of %i MiB', (megabytes) => {
    const [load, star] = [copyOf(0x1010, megabytes), copyOf(0x12ff, megabytes)]
    const lookup = copiedBuiltins(LOG, [load, star])
    expect(lookup(load)).toEqual({ name: 'AtomicsLoad', type: 'CODE', kind: 'Builtin' })
    expect(lookup(star)).toEqual({ name: 'Star', type: 'CODE', kind: 'BytecodeHandler' })
    expect(lookup(copyOf(0x1100, megabytes))).toBeUndefined()
    expect(lookup(copyOf(0x1300, megabytes))).toBeUndefined()
    expect(lookup(copyOf(0xfff, megabytes))).toBeUndefined()
  })

  it('knows the originals, too', () => {
    expect(copiedBuiltins(LOG, [])(0x1010)?.name).toBe('AtomicsLoad')
    expect(copiedBuiltins(LOG, [])(0x1100)).toBeUndefined()
  })

  it('believes no guess that leaves addresses of the range unexplained', () => {
    const load = copyOf(0x1010, 512)
    expect(copiedBuiltins(LOG, [load, RANGE + 100, RANGE + 200])(load)).toBeUndefined()
    // An address elsewhere (node itself, a library) says nothing about the guess.
    expect(copiedBuiltins(LOG, [load, 100])(load)?.name).toBe('AtomicsLoad')
  })

  it('says nothing without what it needs', () => {
    const load = copyOf(0x1010, 512)
    expect(copiedBuiltins('', [load])(load)).toBeUndefined()
    expect(copiedBuiltins(LOG.replace(/^new.*$/m, ''), [load])(load)).toBeUndefined()
    expect(copiedBuiltins(LOG, [])(load)).toBeUndefined()
  })
})
