/** Who waits for whom while workers are being replaced, and that nobody waits in a circle. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { STATUS_POSSIBLE_DEADLOCK } from '../../../src/abi/ntstatus.js'
import { type DeadlockError, ReturningDevices } from '../../../src/manager/returning-devices.js'

type Place = readonly [name: string, ...workers: number[]]

/** Devices in the order of adding, numbered from 0; a wait is open until it says how it ended. */
function rig(...places: Place[]) {
  const devices = new Map(
    places.map(([name, ...workers], id) => [id, { spec: { id, name }, workers }]),
  )
  const returning = new ReturningDevices(devices)
  const idOf = (name: string): number => places.findIndex(([known]) => known === name)
  const homeOf = (name: string): number => places[idOf(name)]?.[1] as number
  const wait = (opener: string, target: string) => {
    const state = { ended: 'not', error: undefined as DeadlockError | undefined }
    returning.whenBack(idOf(target), idOf(opener), homeOf(opener)).then(
      () => (state.ended = 'back'),
      (error: unknown) => {
        state.ended = 'refused'
        state.error = error as DeadlockError
      },
    )
    return state
  }
  const back = (name: string, worker: number): void => returning.settled(idOf(name), worker)
  return { returning, devices, wait, back }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('returning devices', () => {
  it('nobody waits for a device whose workers live', async () => {
    const { returning, wait } = rig(['a', 0], ['b', 1])
    returning.expect(0)
    const open = wait('a', 'b')
    await settle()
    expect(open.ended).toBe('back')
  })

  it('a device is back when it is back on all its workers', async () => {
    const { returning, wait, back } = rig(['both', 1, 0], ['a', 0])
    returning.expect(0)
    returning.expect(1)
    const open = wait('a', 'both')
    back('both', 0)
    expect([returning.isBack(0, 0), returning.isBack(0, 1)]).toEqual([true, false])
    await settle()
    expect(open.ended).toBe('not')
    back('both', 1)
    await settle()
    expect(open.ended).toBe('back')
  })

  it('ends a wait for what will never be back: the device is forgotten, or its worker is given up', async () => {
    const { returning, wait } = rig(['a', 0], ['b', 0], ['c', 1])
    returning.expect(0)
    const [first, second] = [wait('c', 'a'), wait('c', 'b')]
    returning.settled(0)
    await settle()
    expect([first.ended, second.ended]).toEqual(['back', 'not'])
    returning.done(0)
    await settle()
    expect(second.ended).toBe('back')
  })

  it('refuses whoever closes a circle, and names it', async () => {
    const { returning, wait, back } = rig(['early', 0], ['a', 0], ['b', 1], ['c', 2])
    for (const worker of [0, 1, 2]) returning.expect(worker)
    back('early', 0)
    const waits = [wait('a', 'b'), wait('b', 'c')]
    const refused = wait('c', 'a')
    await settle()
    expect([...waits.map(({ ended }) => ended), refused.ended]).toEqual(['not', 'not', 'refused'])
    expect(refused.error).toMatchObject({
      code: 'STATUS_POSSIBLE_DEADLOCK',
      ntstatus: STATUS_POSSIBLE_DEADLOCK,
      value: 'c',
      message:
        'devices would wait for each other: "c" (worker 2) waits for "a"; "a" (worker 0) waits for "b"; ' +
        '"b" (worker 1) waits for "c": open such devices after the start',
    })
    expect(returning.describeWaits()).toEqual([
      '"a" (worker 0) waits for "b"',
      '"b" (worker 1) waits for "c"',
    ])
  })

  it('knows the circle that goes through what a worker starts first', async () => {
    const { returning, wait } = rig(['a', 0], ['b', 1], ['late', 0])
    returning.expect(0)
    returning.expect(1)
    wait('a', 'b')
    const refused = wait('b', 'late')
    await settle()
    expect(refused.error?.message).toContain(
      '"b" (worker 1) waits for "late", which worker 0 starts after "a"; "a" (worker 0) waits for "b"',
    )
  })

  it('a device that asks for itself waits for itself', async () => {
    const { returning, wait } = rig(['a', 0])
    returning.expect(0)
    const refused = wait('a', 'a')
    await settle()
    expect(refused.ended).toBe('refused')
  })

  it('what a device waits for that is not being started keeps nobody from starting', async () => {
    const { returning, wait } = rig(['a', 0], ['running', 1], ['b', 1])
    returning.expect(0)
    // A handler of a device that runs opens the one that is coming back, which needs another on that worker.
    const [asked, needed] = [wait('running', 'a'), wait('a', 'b')]
    await settle()
    expect([asked.ended, needed.ended]).toEqual(['not', 'back'])
  })

  it('a worker that dies again has asked nothing: its devices ask again', async () => {
    const { returning, wait, back } = rig(['a', 0], ['b', 1])
    returning.expect(0)
    returning.expect(1)
    const dead = wait('a', 'b')
    returning.expect(0)
    await settle()
    expect(dead.ended).toBe('back')
    // Nor does the dead one's wait make a circle.
    const open = wait('b', 'a')
    await settle()
    expect(open.ended).toBe('not')
    back('a', 0)
    await settle()
    expect(open.ended).toBe('back')
  })

  it('every start comes to an end, and without a refusal when devices open earlier ones only', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ worker: fc.nat(2), opens: fc.array(fc.nat(7), { maxLength: 3 }) }), {
          minLength: 1,
          maxLength: 8,
        }),
        fc.boolean(),
        async (plan, isOrdered) => {
          const { returning, devices } = rig(
            ...plan.map(({ worker }, id) => [`d${id}`, worker] as const),
          )
          const refused: number[] = []
          for (const worker of [0, 1, 2]) returning.expect(worker)
          const startAll = async (worker: number): Promise<void> => {
            for (const [id, { workers }] of devices) {
              if (workers[0] !== worker) continue
              const all = plan[id]?.opens ?? []
              const targets = all.filter((target) => target < (isOrdered ? id : plan.length))
              const opening = targets.map((target) => returning.whenBack(target, id, worker))
              await Promise.all(opening).catch(() => refused.push(id))
              returning.settled(id, worker)
            }
            returning.done(worker)
          }
          await Promise.all([0, 1, 2].map(startAll))
          expect(isOrdered ? refused : []).toEqual([])
          expect(returning.describeWaits()).toEqual([])
        },
      ),
      { numRuns: 500 },
    )
  })
})
