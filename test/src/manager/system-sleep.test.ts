import { expect, it } from 'vitest'
import type { DeviceDescription } from '../../../src/irp/device-description.js'
import { DeviceDirectory } from '../../../src/manager/device-directory.js'
import { eventLoopTurn } from '../../harness/event-loop-turn.js'
import { SystemSleep } from '../../../src/manager/system-sleep.js'

/** A sleep of an engine with three devices; `power` says what each request does. */
function sleepOf(power: (asked: string) => Promise<unknown> = () => Promise.resolve()) {
  const directory = new DeviceDirectory(
    ['a', 'b', 'c'].map((name, id) => ({ id, name }) as DeviceDescription),
  )
  const asked: string[] = []
  let control: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(action: () => Promise<T>): Promise<T> => {
    const result = control.then(action, action)
    control = result.catch(() => {})
    return result
  }
  const sleep = new SystemSleep(
    directory,
    ({ name }, request) => {
      asked.push(`${name} ${request}`)
      return power(`${name} ${request}`)
    },
    inTurn,
  )
  return { sleep, asked, inTurn, directory }
}

it('takes devices down in the reverse order of adding, and up in the order of adding', async () => {
  const { sleep, asked } = sleepOf()
  await sleep.suspend()
  expect(sleep.isAsleep).toBe(true)
  await sleep.resume()
  expect(sleep.isAsleep).toBe(false)
  expect(asked).toEqual(['c suspend', 'b suspend', 'a suspend', 'a resume', 'b resume', 'c resume'])
})

it('wakes up although something in turn waits for the system to be awake', async () => {
  const { sleep, inTurn } = sleepOf()
  await sleep.suspend()
  const order: string[] = []
  const removal = inTurn(async () => {
    await eventLoopTurn()
    await eventLoopTurn()
    order.push('removed')
  })
  await sleep.resume()
  order.push('awake')
  await removal
  expect(order).toEqual(['awake', 'removed'])
})

it('wakes up behind a sleep that was asked for before', async () => {
  const { sleep, asked } = sleepOf()
  await Promise.all([sleep.suspend(), sleep.resume()])
  expect(asked.slice(0, 3)).toEqual(['c suspend', 'b suspend', 'a suspend'])
  expect(asked).toHaveLength(6)
})

it('asks every device although one fails, and reports the first failure', async () => {
  const { sleep, asked } = sleepOf((what) =>
    what.startsWith('a') ? Promise.resolve() : Promise.reject(new Error(what)),
  )
  await expect(sleep.suspend()).rejects.toThrow('c suspend')
  await expect(sleep.resume()).rejects.toThrow('b resume')
  expect(asked).toHaveLength(6)
})

it('wakes up a device whose removal waits for that, and one that was added meanwhile', async () => {
  const { sleep, asked, directory } = sleepOf()
  await sleep.suspend()
  directory.remove('b')
  directory.add({ id: 3, name: 'd' } as DeviceDescription)
  asked.length = 0
  await sleep.resume()
  expect(asked).toEqual(['a resume', 'b resume', 'c resume', 'd resume'])
})

it('is not troubled by what a device says that has been removed', async () => {
  const { sleep, directory } = sleepOf((what) =>
    what.startsWith('b') ? Promise.reject(new Error('there is no device')) : Promise.resolve(),
  )
  const asleep = sleep.suspend()
  directory.remove('b')
  await expect(asleep).resolves.toBeUndefined()
})
