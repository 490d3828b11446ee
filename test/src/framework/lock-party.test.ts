import { beforeEach, expect, it, vi } from 'vitest'
import { engineBytes, WORKER_INCARNATION, workerBlockWord } from '../../../src/abi/engine-layout.js'
import { lockOwner } from '../../../src/abi/lock-layout.js'
import { LockOrder } from '../../../src/framework/lock-order.js'
import { LOCAL_PARTY, workerLockParty } from '../../../src/framework/lock-party.js'

let engine: Int32Array
const incarnation = (worker: number, value: number): void => {
  engine[workerBlockWord(worker) + WORKER_INCARNATION] = value
}

beforeEach(() => {
  engine = new Int32Array(new SharedArrayBuffer(engineBytes(3)))
  for (const worker of [0, 1, 2]) incarnation(worker, 1)
})

it('is a worker in its incarnation', () => {
  expect(workerLockParty({ engine, worker: 2, incarnation: 1 }).owner).toBe(lockOwner(2, 1))
  expect(workerLockParty({ engine, worker: 2, incarnation: 7 }).owner).toBe(lockOwner(2, 7))
})

it('believes an owner dead once main has raised its incarnation, and no other', () => {
  const party = workerLockParty({ engine, worker: 0, incarnation: 1 })
  const owners = [0, 1, 2].map((worker) => lockOwner(worker, 1))
  const alive = (): boolean[] => owners.map((owner) => party.isAlive(owner))
  expect(alive()).toEqual([true, true, true])
  incarnation(1, 2)
  expect(alive()).toEqual([true, false, true])
  expect(party.isAlive(lockOwner(1, 2))).toBe(true)
})

it('counts incarnations as owners do, modulo 2^20', () => {
  const party = workerLockParty({ engine, worker: 0, incarnation: 1 })
  incarnation(1, 2 ** 20 + 3)
  expect(party.isAlive(lockOwner(1, 2 ** 20 + 3))).toBe(true)
  expect(party.isAlive(lockOwner(1, 2 ** 20 + 2))).toBe(false)
})

it('carries what the engine wants to hear, and the verifier’s order', () => {
  const order = new LockOrder()
  const lockRecovered = vi.fn<() => void>()
  const party = workerLockParty({ engine, worker: 0, incarnation: 1, lockRecovered, order })
  expect(party).toMatchObject({ lockRecovered, order })
  const bare = workerLockParty({ engine, worker: 0, incarnation: 1 })
  expect(Object.keys(bare)).toEqual(['owner', 'isAlive'])
})

it('is always alive on one thread', () => {
  expect(LOCAL_PARTY.owner).toBeGreaterThan(0)
  expect(LOCAL_PARTY.isAlive(LOCAL_PARTY.owner)).toBe(true)
})
