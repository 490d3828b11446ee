/** What WdfIoQueueCreate refuses, with its status. Source: kmdf.md 3.2. */
import { describe, expect, it } from 'vitest'
import { checkIoQueueConfig, type IoQueueConfig } from '../../../src/framework/io-queue-config.js'
import { failureOf, type StatusName } from '../../harness/status.js'

const EvtIoDefault = (): void => {}

/** A configuration as JavaScript may pass it: the types forbid most of what is tested here. */
function check(config: unknown): void {
  checkIoQueueConfig(config as IoQueueConfig)
}

describe('checkIoQueueConfig', () => {
  it.each<[what: string, config: unknown]>([
    ['sequential', { dispatchType: 'sequential', EvtIoDefault }],
    ['parallel without a limit', { dispatchType: 'parallel', EvtIoDefault }],
    [
      'parallel with a limit',
      { dispatchType: 'parallel', numberOfPresentedRequests: 3, EvtIoDefault },
    ],
    [
      'parallel, limit 0: none',
      { dispatchType: 'parallel', numberOfPresentedRequests: 0, EvtIoDefault },
    ],
    [
      'parallel, limit Infinity',
      { dispatchType: 'parallel', numberOfPresentedRequests: Infinity, EvtIoDefault },
    ],
    ['manual', { dispatchType: 'manual' }],
    ['one handler', { dispatchType: 'sequential', EvtIoRead: () => {} }],
    ['a scope', { dispatchType: 'manual', synchronizationScope: 'queue' }],
    ['an absent handler', { dispatchType: 'manual', EvtIoRead: undefined }],
  ])('takes %s', (_what, config) => {
    expect(() => check(config)).not.toThrow()
  })

  it.each<[what: string, config: unknown, status: StatusName]>([
    ['no configuration', undefined, 'STATUS_INVALID_PARAMETER'],
    ['null', null, 'STATUS_INVALID_PARAMETER'],
    ['no dispatch type', { EvtIoDefault }, 'STATUS_INVALID_PARAMETER'],
    [
      'an unknown dispatch type',
      { dispatchType: 'random', EvtIoDefault },
      'STATUS_INVALID_PARAMETER',
    ],
    [
      'a sequential queue without a handler',
      { dispatchType: 'sequential' },
      'STATUS_WDF_NO_CALLBACK',
    ],
    ['a parallel queue without a handler', { dispatchType: 'parallel' }, 'STATUS_WDF_NO_CALLBACK'],
    [
      'a manual queue with EvtIoDefault',
      { dispatchType: 'manual', EvtIoDefault },
      'STATUS_INVALID_PARAMETER',
    ],
    [
      'a manual queue with EvtIoRead',
      { dispatchType: 'manual', EvtIoRead: () => {} },
      'STATUS_INVALID_PARAMETER',
    ],
    [
      'a handler that is no function',
      { dispatchType: 'parallel', EvtIoDefault, EvtIoRead: 1 },
      'STATUS_INVALID_PARAMETER',
    ],
    [
      'a limit on a sequential queue',
      { dispatchType: 'sequential', numberOfPresentedRequests: 1, EvtIoDefault },
      'STATUS_INVALID_PARAMETER',
    ],
    [
      'a limit on a manual queue',
      { dispatchType: 'manual', numberOfPresentedRequests: 2 },
      'STATUS_INVALID_PARAMETER',
    ],
    ...[-1, 1.5, NaN, '3'].map((numberOfPresentedRequests): [string, unknown, StatusName] => [
      `a limit of ${JSON.stringify(numberOfPresentedRequests)}`,
      { dispatchType: 'parallel', numberOfPresentedRequests, EvtIoDefault },
      'STATUS_INVALID_PARAMETER',
    ]),
    [
      'an unknown scope',
      { dispatchType: 'manual', synchronizationScope: 'global' },
      'STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID',
    ],
  ])('refuses %s', (_what, config, code) => {
    expect(() => check(config)).toThrow(failureOf(code))
  })

  it('says what to take away, and shows what it was given', () => {
    const EvtIoRead = EvtIoDefault
    expect(() => check({ dispatchType: 'manual', EvtIoRead, EvtIoDefault })).toThrow(
      /take EvtIoRead, EvtIoDefault away/,
    )
    expect(() => check({ dispatchType: 'random' })).toThrow(
      expect.objectContaining({ value: 'random' }),
    )
  })
})
