import { describe, expect, it } from 'vitest'
import { createProgress } from '../../bench/progress.js'

function recorder(isTTY: boolean, columns = 200) {
  const written: string[] = []
  const write = (text: string) => written.push(text)
  return { stream: { isTTY, columns, write }, written }
}

describe('createProgress', () => {
  it('guesses the rest from the expected run at first and from the runs so far then', () => {
    const { stream, written } = recorder(true)
    let nowMs = 0
    const progress = createProgress(stream, {}, 1000, () => nowMs)
    progress.update(0, 90, 'a', 1)
    nowMs = 20_000
    progress.update(10, 90, 'b', 2)
    progress.clear()
    expect(written).toEqual([
      '\r\u001b[K[1/90] round 1: a, about 1 min 30 s left',
      '\r\u001b[K[11/90] round 2: b, about 2 min 40 s left',
      '\r\u001b[K',
    ])
  })

  it('never wraps the line', () => {
    const { stream, written } = recorder(true, 20)
    createProgress(stream, {}, 1000).update(0, 1, 'a-name-that-is-far-too-long', 1)
    expect(written[0]!.replace('\r\u001b[K', '')).toHaveLength(19)
  })

  it.each([
    ['no terminal', false, {}],
    ['CI', true, { CI: 'true' }],
  ])('is silent with %s', (_, isTTY, environment) => {
    const { stream, written } = recorder(isTTY)
    const progress = createProgress(stream, environment, 1000)
    progress.update(0, 1, 'a', 1)
    progress.clear()
    expect(written).toEqual([])
  })
})
