import { expect, it } from 'vitest'
import { MachineScheduler, type Runnable } from '../../../../src/framework/pnp/machine-scheduler.js'

it('runs what is ready in order, and nothing inside something else', () => {
  const scheduler = new MachineScheduler()
  const log: string[] = []
  const machine = (name: string, then: () => void = () => {}): Runnable => ({
    advance() {
      log.push(`+${name}`)
      then()
      log.push(`-${name}`)
    },
  })
  const c = machine('c')
  const b = machine('b', () => scheduler.schedule(c))
  const a = machine('a', () => {
    scheduler.schedule(b)
    scheduler.schedule(c)
    scheduler.schedule(b)
  })
  scheduler.schedule(a)
  expect(log).toEqual(['+a', '-a', '+b', '-b', '+c', '-c'])
})

it('goes on after a machine that threw', () => {
  const scheduler = new MachineScheduler()
  let ran = 0
  const broken = {
    advance() {
      throw new Error('broken')
    },
  }
  expect(() => scheduler.schedule(broken)).toThrow('broken')
  scheduler.schedule({ advance: () => void ran++ })
  expect(ran).toBe(1)
})
