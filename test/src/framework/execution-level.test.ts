import { describe, expect, it } from 'vitest'
import {
  checkQueueLevel,
  checkScopeAndLevel,
  effectiveLevel,
  refuseScopeAndLevel,
  type ScopeAndLevel,
} from '../../../src/framework/execution-level.js'
import { failureOf } from '../../harness/status.js'

const SCOPE_INVALID = failureOf('STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID')
const LEVEL_INVALID = failureOf('STATUS_WDF_EXECUTION_LEVEL_INVALID')

it('an object has its own level, or its parent’s; a driver’s is dispatch', () => {
  expect(effectiveLevel()).toBe('dispatch')
  expect(effectiveLevel('inherit', 'passive')).toBe('passive')
  expect(effectiveLevel('dispatch', 'passive')).toBe('dispatch')
})

describe('checkScopeAndLevel', () => {
  it('takes every value that there is, and none', () => {
    expect(() => checkScopeAndLevel({})).not.toThrow()
    for (const synchronizationScope of ['inherit', 'device', 'queue', 'none'] as const) {
      for (const executionLevel of ['inherit', 'passive', 'dispatch'] as const) {
        expect(() => checkScopeAndLevel({ synchronizationScope, executionLevel })).not.toThrow()
      }
    }
  })

  it.each(['Device', '', 2, null, {}])('refuses the scope %j', (scope) => {
    expect(() => checkScopeAndLevel({ synchronizationScope: scope } as ScopeAndLevel)).toThrow(
      SCOPE_INVALID,
    )
  })

  it.each(['Passive', '', 0, null, []])('refuses the level %j', (level) => {
    expect(() => checkScopeAndLevel({ executionLevel: level } as ScopeAndLevel)).toThrow(
      LEVEL_INVALID,
    )
  })

  it('says what was given and what there is', () => {
    const attributes = { executionLevel: 'dirql' } as unknown as ScopeAndLevel
    expect(() => checkScopeAndLevel(attributes)).toThrow(
      expect.objectContaining({
        value: 'dirql',
        message: expect.stringMatching(
          /"dirql" is not one of inherit, passive, dispatch/,
        ) as string,
      }),
    )
  })
})

it('refuseScopeAndLevel: an object without either may only inherit them', () => {
  refuseScopeAndLevel({}, 'a request')
  refuseScopeAndLevel({ synchronizationScope: 'inherit', executionLevel: 'inherit' }, 'a request')
  expect(() => refuseScopeAndLevel({ synchronizationScope: 'none' }, 'a request')).toThrow(
    SCOPE_INVALID,
  )
  expect(() => refuseScopeAndLevel({ executionLevel: 'passive' }, 'a request')).toThrow(
    LEVEL_INVALID,
  )
})

it('checkQueueLevel: only device scope ties a queue to its device’s level', () => {
  for (const scope of ['inherit', 'queue', 'none'] as const)
    checkQueueLevel(scope, 'passive', 'dispatch')
  checkQueueLevel('device', 'passive', 'passive')
  expect(() => checkQueueLevel('device', 'passive', 'dispatch')).toThrow(
    failureOf('STATUS_INVALID_PARAMETER'),
  )
})
