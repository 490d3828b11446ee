// The text of a block trace, line by line, into columns. Knows the CSV; does no I/O.
// Runs on: any thread, before a replay.
// Invariants: holds one incomplete line and the numbers, never the text; a line that makes no sense throws
// and names itself, because a trace that is half understood replays as something else.

import { type BlockTrace, BlockTraceColumns } from './block-trace-columns.js'
import { TraceError } from './errors.js'

const BLOCK_BYTES = 512
const LARGEST_REQUEST_BYTES = 2 ** 30
const LARGEST_NUMBER = 2 ** 53
const LONGEST_LINE = 65_536
const COLUMNS = ['time_us', 'op', 'size', 'lbn'] as const
const NUMBER = /^\d+(?:\.\d+)?$/

const EXPECTED_HEADER = 'a header line with the columns time_us,op,size,lbn'
const EXPECTED_TIME = 'microseconds, 0 or more'
const EXPECTED_OP = 'a SCSI operation code in hex (28 88 a8 08, 2a 8a aa 0a), or R or W'
const EXPECTED_SIZE = `bytes, a multiple of ${BLOCK_BYTES} from ${BLOCK_BYTES} to ${LARGEST_REQUEST_BYTES}`
const EXPECTED_BLOCK = 'a block number, 0 or more, with lbn * 512 + size at most 2^53'

/** SCSI READ and WRITE of 6, 10, 16 and 12 bytes, and words for people. */
const READS = ['08', '8', '28', '88', 'a8', 'r', 'read']
const WRITES = ['0a', 'a', '2a', '8a', 'aa', 'w', 'write']
const IS_WRITE: ReadonlyMap<string, 0 | 1> = new Map([
  ...READS.map((name) => [name, 0] as const),
  ...WRITES.map((name) => [name, 1] as const),
])

/** Where the four columns are in a line of `width` columns. */
interface Header {
  readonly width: number
  readonly time: number
  readonly op: number
  readonly size: number
  readonly block: number
}

export class BlockTraceParser {
  readonly #file: string
  readonly #rows = new BlockTraceColumns()
  #header: Header | undefined
  #line = 0
  #incomplete = ''

  /** @param file the name errors give */
  constructor(file: string) {
    this.#file = file
  }

  /** The line read last, counted from 1. */
  get line(): number {
    return this.#line
  }

  /** Takes the next piece of text; lines may be cut anywhere. @throws TraceError */
  push(text: string): void {
    const whole = this.#incomplete + text
    let start = 0
    for (let end = whole.indexOf('\n'); end >= 0; end = whole.indexOf('\n', start)) {
      this.#takeLine(whole.slice(start, end))
      start = end + 1
    }
    this.#incomplete = whole.slice(start)
    if (this.#incomplete.length > LONGEST_LINE) {
      this.#line++
      const expected = `lines of at most ${LONGEST_LINE} characters`
      throw this.#error('the line is too long', this.#incomplete, expected)
    }
  }

  /** The end of the text: the last line needs no line feed. @throws TraceError */
  finish(): BlockTrace {
    if (this.#incomplete !== '') this.#takeLine(this.#incomplete)
    this.#incomplete = ''
    if (this.#header === undefined) {
      this.#line = 0
      throw this.#error('the file is empty', '', EXPECTED_HEADER)
    }
    if (this.#rows.count === 0) {
      throw this.#error('no request follows the header', '', 'at least one request')
    }
    return this.#rows.finish()
  }

  #takeLine(line: string): void {
    this.#line++
    const fields = line.split(',')
    if (fields.length === 1 && line.trim() === '') return
    if (this.#header === undefined) this.#header = this.#takeHeader(line, fields)
    else this.#takeRequest(line, fields, this.#header)
  }

  #takeHeader(line: string, fields: string[]): Header {
    const names = fields.map((field) => field.trim().toLowerCase())
    const missing = COLUMNS.filter((name) => !names.includes(name))
    if (missing.length > 0) {
      throw this.#error(`no column ${missing.join(', ')}`, line, EXPECTED_HEADER)
    }
    const twice = COLUMNS.find((name) => names.indexOf(name) !== names.lastIndexOf(name))
    if (twice !== undefined) {
      throw this.#error(`two columns ${twice}`, line, EXPECTED_HEADER)
    }
    return {
      width: names.length,
      time: names.indexOf('time_us'),
      op: names.indexOf('op'),
      size: names.indexOf('size'),
      block: names.indexOf('lbn'),
    }
  }

  #takeRequest(line: string, fields: string[], header: Header): void {
    if (fields.length !== header.width) {
      const expected = `${header.width} columns, as in the header`
      throw this.#error(`${fields.length} columns`, line, expected)
    }
    const timeText = fields[header.time] ?? ''
    const timeUs = this.#number('time_us', timeText, EXPECTED_TIME)
    if (timeUs < this.#rows.lastUs) {
      const expected = `at least ${this.#rows.lastUs}, the time of the request before`
      throw this.#error('time_us goes backwards', timeText, expected)
    }
    const opText = fields[header.op] ?? ''
    const isWrite = IS_WRITE.get(opText) ?? IS_WRITE.get(opText.trim().toLowerCase())
    if (isWrite === undefined) throw this.#error('op is unknown', opText, EXPECTED_OP)

    const sizeText = fields[header.size] ?? ''
    const sizeBytes = this.#number('size', sizeText, EXPECTED_SIZE)
    if (sizeBytes === 0 || sizeBytes % BLOCK_BYTES !== 0 || sizeBytes > LARGEST_REQUEST_BYTES) {
      throw this.#error('size is out of range', sizeText, EXPECTED_SIZE)
    }
    const blockText = fields[header.block] ?? ''
    const offsetBytes = this.#number('lbn', blockText, EXPECTED_BLOCK) * BLOCK_BYTES
    if (offsetBytes % BLOCK_BYTES !== 0 || offsetBytes > LARGEST_NUMBER - sizeBytes) {
      throw this.#error('lbn is out of range', blockText, EXPECTED_BLOCK)
    }
    this.#rows.add(timeUs, isWrite, sizeBytes, offsetBytes)
  }

  /** Stricter than `Number`, to which an empty field is 0 and `0x10` is 16. */
  #number(column: string, text: string, expected: string): number {
    const digits = text.trim()
    if (!NUMBER.test(digits)) {
      const negative = NUMBER.test(digits.slice(1)) && digits.startsWith('-')
      throw this.#error(`${column} is ${negative ? 'negative' : 'not a number'}`, text, expected)
    }
    const value = Number(digits)
    if (value > LARGEST_NUMBER) throw this.#error(`${column} is too large`, text, expected)
    return value
  }

  #error(problem: string, text: string, expected: string): TraceError {
    return new TraceError({ file: this.#file, line: this.#line, problem, text, expected })
  }
}
