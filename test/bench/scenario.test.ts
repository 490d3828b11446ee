import { describe, expect, it } from 'vitest'
import { registerScenarios } from '../../bench/scenario.js'
import registeredScenarios from '../../bench/scenarios.js'
import { FAST } from './fixtures/fake-scenarios.js'

describe('the registry', () => {
  it('has the engine before the rivals, each compared with something that exists', () => {
    const scenarios = registeredScenarios()
    const names = scenarios.map(({ name }) => name)
    const rivals = names.findIndex((name) => name.startsWith('rival/'))
    expect(names.indexOf('irp/batch/depth-64')).toBeGreaterThan(0)
    expect(names.slice(rivals).every((name) => name.startsWith('rival/'))).toBe(true)
    expect(names).toContain('rival/post-message/depth-64')
    for (const { comparedWith = [] } of scenarios) {
      for (const rival of comparedWith) expect(names).toContain(rival)
    }
  })

  it('keeps the order of registration and refuses a name twice', () => {
    registerScenarios([
      { ...FAST, name: 'test/z' },
      { ...FAST, name: 'test/a' },
    ])
    expect(
      registeredScenarios()
        .slice(-2)
        .map(({ name }) => name),
    ).toEqual(['test/z', 'test/a'])
    expect(() => registerScenarios([{ ...FAST, name: 'test/a' }])).toThrow(/'test\/a'/)
  })
})
