import { describe, expect, it } from 'vitest'
import { ManualClock, realClock } from '../../../../src/framework/pnp/clock.js'

describe('the manual clock', () => {
  it('runs timers in order of their time, at their time', () => {
    const clock = new ManualClock()
    const log: string[] = []
    const at = (name: string) => () => log.push(`${name} ${clock.now}`)
    clock.after(30, at('c'))
    clock.after(10, () => {
      at('a')()
      clock.after(10, at('b'))
    })
    clock.after(100, at('late'))
    clock.advance(50)
    expect(log).toEqual(['a 10', 'b 20', 'c 30'])
    expect(clock.now).toBe(50)
  })

  it('forgets a timer that was called off', () => {
    const clock = new ManualClock()
    let ran = 0
    const cancel = clock.after(10, () => ran++)
    cancel()
    cancel()
    clock.advance(20)
    expect(ran).toBe(0)
  })
})

describe('the real clock', () => {
  it('calls once, unless it is called off', async () => {
    const log: string[] = []
    const cancel = realClock.after(0, () => log.push('cancelled'))
    cancel()
    await new Promise<void>((resolve) => {
      realClock.after(0, () => {
        log.push('due')
        resolve()
      })
    })
    expect(log).toEqual(['due'])
  })

  it('never calls for more than a timer can count', async () => {
    let calls = 0
    const cancels = [Infinity, 2 ** 31].map((ms) => realClock.after(ms, () => calls++))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(calls).toBe(0)
    for (const cancel of cancels) cancel()
  })
})
