import { expect, it } from 'vitest'
import {
  MOMENT_COUNT,
  momentIndex,
  STAMP_COUNT,
  stampBytes,
  stampIndex,
} from '../../../bench/timeline/stamp-layout.js'

it('gives every device and every sample doubles of their own', () => {
  const [devices, samples] = [3, 5]
  const taken: number[] = []
  const take = (first: number, count: number) => {
    for (let i = 0; i < count; i++) taken.push(first + i)
  }
  for (let device = 0; device < devices; device++) take(momentIndex(device), MOMENT_COUNT)
  for (let sample = 0; sample <= samples; sample++) take(stampIndex(devices, sample), STAMP_COUNT)
  expect(new Set(taken).size).toBe(taken.length)
  expect(stampBytes(devices, samples)).toBe(8 * (Math.max(...taken) + 1))
})
