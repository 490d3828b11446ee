// A block trace: the requests of a real machine's disk, read from a CSV file, plain or gzip.
// Runs on: any thread, before a replay; the result is plain data and crosses threads.
// Invariant: the file streams through; what stays in memory is the numbers (21 bytes a request).

import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { BlockTrace } from './block-trace-columns.js'
import { BlockTraceParser } from './block-trace-parser.js'
import { TraceError } from './errors.js'

export type { BlockTrace } from './block-trace-columns.js'

const CHUNK_BYTES = 65_536

/**
 * Reads a trace: a header line `time_us,op,size,lbn` (columns in any order, others are ignored), then a line
 * a request: microseconds, never decreasing; SCSI operation code in hex (28 88 a8 08: read, 2a 8a aa 0a: write)
 * or R, W, read, write; bytes; first 512-byte block. Gzip is told by its first bytes, not by the name.
 * @throws TraceError when the file cannot be read or any line makes no sense
 */
export async function readBlockTrace(path: string): Promise<BlockTrace> {
  const parser = new BlockTraceParser(path)
  try {
    const decoder = new TextDecoder()
    for await (const chunk of await openPlain(path)) {
      parser.push(decoder.decode(chunk, { stream: true }))
    }
    parser.push(decoder.decode())
  } catch (error) {
    throw error instanceof TraceError ? error : unreadable(path, parser.line, error)
  }
  return parser.finish()
}

/** The file's bytes, unzipped if need be. */
async function openPlain(path: string): Promise<AsyncIterable<Uint8Array>> {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES })
  await once(file, 'readable')
  const head: unknown = file.read()
  if (!(head instanceof Uint8Array)) return file
  file.unshift(head)
  if (head[0] !== 0x1f || head[1] !== 0x8b) return file
  // The callback is empty on purpose: the reader of the unzipped end gets the error, whichever end it is from.
  return pipeline(file, createGunzip(), () => {})
}

function unreadable(file: string, line: number, cause: unknown): TraceError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const message = cause instanceof Error ? cause.message : String(cause)
  if (code === 'Z_BUF_ERROR') {
    const expected = 'a whole gzip file: copy it again'
    return new TraceError({ file, line, problem: 'the gzip data ends too early', expected, cause })
  }
  if (code.startsWith('Z_')) {
    const problem = `the gzip data is damaged (${message})`
    return new TraceError({ file, line, problem, expected: 'a whole gzip file', cause })
  }
  const problems: Record<string, string> = {
    ENOENT: 'there is no such file',
    EISDIR: 'this is a directory',
    EACCES: 'there is no permission to read it',
  }
  const problem = problems[code] ?? `it cannot be read (${message})`
  return new TraceError({
    file,
    line: 0,
    problem,
    expected: 'a readable CSV file, plain or gzip',
    cause,
  })
}
