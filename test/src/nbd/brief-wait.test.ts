import { expect, it } from 'vitest'
import { BriefWait } from '../../../src/nbd/brief-wait.js'

it('looks for a while, and after a wait in vain only once for some time', () => {
  const wait = new BriefWait()
  let looks = 0
  let comesAt = Infinity
  const from = { hasCompletions: () => ++looks >= comesAt }
  const look = () => {
    looks = 0
    return wait.hasNews(from)
  }
  comesAt = 50
  expect([look(), looks]).toEqual([true, 50])
  expect([look(), looks]).toEqual([true, 50])
  comesAt = Infinity
  expect(look()).toBe(false)
  const inVain = looks
  expect(inVain).toBeGreaterThan(50)
  comesAt = 50
  for (let i = 0; i < 15; i++) expect([look(), looks]).toEqual([false, 1])
  expect([look(), looks]).toEqual([true, 50])
  comesAt = 1
  expect([look(), looks]).toEqual([true, 1])
})
