import { expect, it } from 'vitest'
import { Activity } from '../../../../src/pairs/storage/activity.js'

it('lasts until it is ended', async () => {
  const activity = new Activity()
  const log: string[] = []
  const waiting = activity.promise.then(() => log.push('over'))
  await Promise.resolve()
  log.push('ends')
  activity.end()
  await waiting
  expect(log).toEqual(['ends', 'over'])
})
