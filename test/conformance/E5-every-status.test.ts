/**
 * Acceptance case E5: every status code in the tables of sections 3.2 to 3.7, 4.3 and 4.4 is asserted by a test
 * of that section. Reads the conformance files; names in titles and comments do not count. Source: kmdf.md 10.
 */
import { describe, expect, it } from 'vitest'
import { sourcesOf } from '../harness/sources.js'
import type { StatusName } from '../harness/status.js'

const STATUSES: readonly [section: string, statuses: readonly StatusName[]][] = [
  [
    '3.2',
    [
      'STATUS_INVALID_PARAMETER',
      'STATUS_WDF_NO_CALLBACK',
      'STATUS_INVALID_DEVICE_STATE',
      'STATUS_UNSUCCESSFUL',
      'STATUS_INVALID_DEVICE_REQUEST',
      'STATUS_WDF_BUSY',
    ],
  ],
  ['3.4', ['STATUS_WDF_PAUSED', 'STATUS_INVALID_DEVICE_STATE', 'STATUS_WDF_BUSY']],
  [
    '3.6',
    [
      'STATUS_INVALID_DEVICE_STATE',
      'STATUS_WDF_PAUSED',
      'STATUS_INVALID_DEVICE_REQUEST',
      'STATUS_NOT_FOUND',
      'STATUS_DELETE_PENDING',
    ],
  ],
  [
    '3.7',
    ['STATUS_INVALID_DEVICE_REQUEST', 'STATUS_WDF_BUSY', 'STATUS_SUCCESS', 'STATUS_CANCELLED'],
  ],
  ['4.3', ['STATUS_SUCCESS', 'STATUS_CANCELLED', 'STATUS_INVALID_DEVICE_REQUEST']],
  [
    '4.4',
    [
      'STATUS_INVALID_DEVICE_STATE',
      'STATUS_WDF_DEVICE_REMOVED_NOT_SENT',
      'STATUS_INVALID_DEVICE_REQUEST',
      'STATUS_REQUEST_NOT_ACCEPTED',
      'STATUS_CANCELLED',
      'STATUS_IO_TIMEOUT',
      'STATUS_WDF_IO_TIMEOUT_NOT_SENT',
      'STATUS_WDF_REQUEST_INVALID_STATE',
    ],
  ],
]

/** In the tables, and nothing that a driver can be told here. */
const NOT_TOLD: Record<string, string> = {
  STATUS_INFO_LENGTH_MISMATCH: '3.2: a configuration object has no Size to get wrong',
  STATUS_INVALID_PARAMETER_4: '3.2: a queue is returned, there is no output handle to forget',
  STATUS_NO_MORE_ENTRIES: '3.6: an empty queue returns null',
  STATUS_WDF_QUEUED: '4.4: internal to KMDF, a driver sees that send returned true',
}

/** The code of a section's test files, without titles (strings of several words) and comments. */
function codeOf(section: string): string {
  return sourcesOf('test')
    .filter(({ path }) => path.startsWith(`test/conformance/${section}-`))
    .flatMap(({ code }) => code)
    .join('\n')
    .replaceAll(/(['"`])[^'"`\n]* [^'"`\n]*\1/g, '')
}

const rows = STATUSES.flatMap(([section, statuses]) =>
  statuses.map((status) => [section, status] as const),
)

describe('E5 every status', () => {
  it.each(rows)('E5 §%s: %s is asserted', (section, status) => {
    expect(codeOf(section)).toMatch(new RegExp(String.raw`\b${status}\b`))
  })

  it('E5 a status is either asserted or says why it cannot come', () => {
    const asserted = new Set<string>(rows.map(([, status]) => status))
    expect(Object.keys(NOT_TOLD).filter((status) => asserted.has(status))).toEqual([])
  })
})
