import { describe, expect, it } from 'vitest'
import { loadRival } from '../../../bench/rivals/load-rival.js'

function missing(name: string): Promise<never> {
  const error = new Error(`Cannot find package '${name}' imported from /x.js`)
  return Promise.reject(Object.assign(error, { code: 'ERR_MODULE_NOT_FOUND' }))
}

describe('loadRival', () => {
  it('brings the module', async () => {
    expect(await loadRival('fast', () => Promise.resolve({ answer: 42 }))).toEqual({ answer: 42 })
  })

  it('says how to get what is not there', async () => {
    expect(await loadRival('fast-pool', () => missing('fast-pool'))).toEqual({
      skipped: 'fast-pool is not installed: npm install --no-save fast-pool',
    })
  })

  it('does not take a broken library for a missing one', async () => {
    await expect(loadRival('fast-pool', () => missing('its-dependency'))).rejects.toThrow('its-dep')
    await expect(
      loadRival('fast-pool', () => Promise.reject(new SyntaxError('broken'))),
    ).rejects.toThrow('broken')
  })
})
