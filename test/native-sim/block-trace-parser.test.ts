import { describe, expect, it } from 'vitest'
import type { BlockTrace } from '../../native-sim/block-trace.js'
import { BlockTraceParser } from '../../native-sim/block-trace-parser.js'
import { TraceError } from '../../native-sim/errors.js'

const HEADER = 'time_us,op,size,lbn\n'

function parse(text: string, pieceLength = text.length): BlockTrace {
  const parser = new BlockTraceParser('t.csv')
  for (let at = 0; at < text.length; at += pieceLength)
    parser.push(text.slice(at, at + pieceLength))
  return parser.finish()
}

function refusal(text: string): TraceError {
  try {
    parse(text)
  } catch (error) {
    if (error instanceof TraceError) return error
    throw error
  }
  throw new Error('the trace was accepted')
}

describe('BlockTraceParser', () => {
  it('reads requests into columns', () => {
    const trace = parse(`${HEADER}0,2a,512,42932745\n7.5,28,6656,10\n7.5,28,1024,4\n`)
    expect(trace).toEqual({
      count: 3,
      timeUs: Float64Array.of(0, 7.5, 7.5),
      isWrite: Uint8Array.of(1, 0, 0),
      sizeBytes: Int32Array.of(512, 6656, 1024),
      offsetBytes: Float64Array.of(42932745 * 512, 5120, 2048),
      largestBytes: 6656,
      highestByte: 42932746 * 512,
      readBytes: 7680,
      writtenBytes: 512,
    })
    expect(structuredClone(trace)).toEqual(trace)
  })

  it('knows the operation codes, padded or not, and the words', () => {
    const reads = ['28', '88', 'a8', '08', '8', 'A8', 'R', 'r', 'read', ' Read ']
    const writes = ['2a', '8a', 'aa', '0a', 'a', '2A', 'W', 'w', 'write', 'WRITE']
    const trace = parse(HEADER + [...reads, ...writes].map((op) => `0,${op},512,0\n`).join(''))
    expect([...trace.isWrite]).toEqual([...reads.map(() => 0), ...writes.map(() => 1)])
  })

  it('takes columns in any order, further ones, CRLF, blank lines, no last line feed', () => {
    const text =
      '\r\nhost, LBN ,op,ns,size,Time_us\r\n\r\nvm1,8,28,9, 1024,5\r\n  \r\nvm1,0,2a,9,512,6'
    const trace = parse(text)
    expect([...trace.timeUs]).toEqual([5, 6])
    expect([...trace.isWrite]).toEqual([0, 1])
    expect([...trace.sizeBytes]).toEqual([1024, 512])
    expect([...trace.offsetBytes]).toEqual([4096, 0])
    for (const length of [1, 2, 3, 7, 20]) expect(parse(text, length)).toEqual(trace)
  })

  it('takes the largest request and the end of the largest disk', () => {
    const size = 2 ** 30
    const trace = parse(`${HEADER}${2 ** 53},28,${size},${(2 ** 53 - size) / 512}\n`)
    expect(trace.highestByte).toBe(2 ** 53)
    expect(trace.largestBytes).toBe(size)
  })
})

describe('BlockTraceParser refuses', () => {
  const good = '5,28,512,1\n'
  const broken: [why: string, line: string, text: string, problem: string, expected: RegExp][] = [
    ['too few columns', '6,28,512', '6,28,512', '3 columns', /^4 columns, as in the header/],
    ['too many columns', '6,28,512,1,1', '6,28,512,1,1', '5 columns', /^4 columns/],
    ['a word for a number', '6,28,many,1', 'many', 'size is not a number', /multiple of 512/],
    ['an empty number', '6,28,512,', '', 'lbn is not a number', /block number/],
    ['a hexadecimal number', '0x6,28,512,1', '0x6', 'time_us is not a number', /microseconds/],
    ['a number with an exponent', '6,28,1e3,1', '1e3', 'size is not a number', /multiple/],
    ['a negative time', '-6,28,512,1', '-6', 'time_us is negative', /0 or more/],
    ['a negative size', '6,28,-512,1', '-512', 'size is negative', /from 512/],
    ['a negative block', '6,28,512,-1', '-1', 'lbn is negative', /0 or more/],
    ['a size of 0', '6,28,0,1', '0', 'size is out of range', /from 512/],
    ['a size of half blocks', '6,28,768,1', '768', 'size is out of range', /multiple of 512/],
    ['a size of half bytes', '6,28,512.5,1', '512.5', 'size is out of range', /multiple of 512/],
    ['a size above 2^30', '6,28,1073742336,1', '1073742336', 'size is out of', /to 1073741824/],
    ['an unknown operation', '6,35,512,1', '35', 'op is unknown', /28 88 a8 08/],
    ['no operation', '6,,512,1', '', 'op is unknown', /operation code/],
    ['time going backwards', '4,28,512,1', '4', 'time_us goes backwards', /^at least 5/],
    ['an end beyond 2^53', '6,28,1024,17592186044415', '17592186044415', 'lbn is out of', /2\^53/],
    ['a block beyond 2^53', '6,28,512,9007199254740994', '9007199254740994', 'too large', /2\^53/],
    ['a part of a block', '6,28,512,1.5', '1.5', 'lbn is out of range', /block number/],
  ]
  it.each(broken)('%s', (_why, line, text, problem, expected) => {
    const error = refusal(`${HEADER}${good}\n${line}\n${good}`)
    expect(error.code).toBe('ERR_IRP_TRACE')
    expect(error.line).toBe(4)
    expect(error.text).toBe(text)
    expect(error.message).toContain('t.csv:4: ')
    expect(error.message).toContain(problem)
    expect(error.expected).toMatch(expected)
  })

  it('a number of any length, and quotes only its start', () => {
    const error = refusal(`${HEADER}6,28,512,${'9'.repeat(400)}\n`)
    expect(error.text).toBe(`${'9'.repeat(79)}…`)
    expect(error.message).toContain('lbn is too large')
  })

  it('a broken last line without a line feed', () => {
    expect(refusal(`${HEADER}${good}6,28,51`).line).toBe(3)
  })

  it('requests without a header', () => {
    expect(refusal(good + good).message).toBe(
      't.csv:1: no column time_us, op, size, lbn: "5,28,512,1"; ' +
        'expected a header line with the columns time_us,op,size,lbn',
    )
  })

  it('a header that lacks a column or has one twice', () => {
    expect(refusal('time_us,op,size\n1,28,512\n').message).toContain('no column lbn:')
    expect(refusal('op,time_us,op,size,lbn\n').message).toContain('two columns op:')
  })

  it('no text, blank text, and a header alone', () => {
    for (const text of ['', '\n \r\n', '\n\n']) {
      expect(refusal(text).message).toContain('t.csv: the file is empty; expected a header line')
    }
    expect(refusal(HEADER).message).toContain('t.csv:1: no request follows the header')
  })

  it('a line without end, before it has filled the memory', () => {
    const parser = new BlockTraceParser('t.csv')
    parser.push(HEADER)
    const push = () => {
      for (let i = 0; i < 100; i++) parser.push('0'.repeat(1000))
    }
    expect(push).toThrow(
      /^t\.csv:2: the line is too long: "0{79}…"; expected lines of at most 65536/,
    )
  })
})
