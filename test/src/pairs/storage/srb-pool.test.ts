import { expect, it } from 'vitest'
import { SrbPool } from '../../../../src/pairs/storage/srb-pool.js'

it('grows to what was outstanding at once, and then makes nothing', () => {
  let made = 0
  const pool = new SrbPool((srb) => {
    made++
    return { of: srb.queueTag }
  })
  const three = [pool.acquire(), pool.acquire(), pool.acquire()]
  expect(three.map(({ queueTag }) => queueTag)).toEqual([0, 1, 2])
  expect(three.map(({ extension }) => extension)).toEqual([{ of: 0 }, { of: 1 }, { of: 2 }])
  for (const srb of three) pool.release(srb)
  for (let i = 0; i < 100; i++) pool.release(pool.acquire())
  expect([made, pool.inUse, pool.all.length]).toEqual([3, 0, 3])
  expect(pool.acquire()).toBe(three[2])
})
