import { describe, expect, it } from 'vitest'
import { Random } from '../../../../native-sim/random.js'
import { STATUS_INVALID_PARAMETER } from '../../../../src/abi/ntstatus.js'
import { ChildList } from '../../../../src/framework/pnp/child-list.js'
import { PnpStage } from '../../../harness/pnp-stage.js'

function childList() {
  const log: string[] = []
  const list = new ChildList({
    createDevice: ({ id }) => log.push(`+${id}`),
    removeDevice: ({ id }) => log.push(`-${id}`),
  })
  const scan = (...ids: string[]): void => list.scan(ids.map((id) => ({ id })))
  return { list, log, scan }
}

describe('a scan', () => {
  it('creates who is new and removes who is missing, once each', () => {
    const { list, log, scan } = childList()
    scan('a', 'b')
    scan('a', 'b')
    expect(log.splice(0)).toEqual(['+a', '+b'])
    list.created('a')
    expect([list.stateOf('a'), list.stateOf('b')]).toEqual(['reported', 'new'])
    scan('b', 'c')
    scan('b', 'c')
    expect(log).toEqual(['+c', '-a'])
    expect(list.list('missing')).toEqual([{ id: 'a' }])
    expect([list.isPresent('a'), list.isPresent('b'), list.isPresent('x')]).toEqual([
      false,
      true,
      false,
    ])
    list.removed('a')
    expect(list.stateOf('a')).toBeUndefined()
  })

  it('gives one that came back a new node, after the old one has gone', () => {
    const { list, log, scan } = childList()
    scan('a')
    list.created('a')
    scan()
    list.scan([{ id: 'a', address: 2 }])
    expect(log).toEqual(['+a', '-a'])
    expect(list.isPresent('a')).toBe(false)
    list.removed('a')
    expect(log).toEqual(['+a', '-a', '+a'])
    expect(list.list()).toEqual([{ id: 'a', address: 2 }])
  })

  it('forgets one that came back and was told to be missing again', () => {
    const { list, log } = childList()
    list.addOrUpdate({ id: 'a' })
    expect([list.markMissing('a'), list.markMissing('a')]).toEqual([true, false])
    list.addOrUpdate({ id: 'a' })
    expect([list.markMissing('a'), list.markMissing('a')]).toEqual([true, false])
    list.removed('a')
    expect([log, list.list()]).toEqual([['+a', '-a'], []])
  })

  it('forgets one that came back and went again', () => {
    const { list, log, scan } = childList()
    scan('a')
    scan()
    scan('a')
    scan()
    list.removed('a')
    expect(log).toEqual(['+a', '-a'])
    expect(list.list()).toEqual([])
  })

  it('is begun and ended in turn', () => {
    const { list } = childList()
    expect(() => list.endScan()).toThrow(/call beginScan first/)
    list.beginScan()
    expect(() => list.beginScan()).toThrow(/call endScan first/)
    list.endScan()
  })

  it('ends when a description is bad: who was named before stays', () => {
    const { list } = childList()
    expect(() => list.scan([{ id: 'a' }, { id: '' }])).toThrow(
      expect.objectContaining({ ntstatus: STATUS_INVALID_PARAMETER }),
    )
    expect(list.isPresent('a')).toBe(true)
    list.beginScan()
  })
})

describe('single changes', () => {
  it('add, update and take away', () => {
    const { list, log } = childList()
    list.addOrUpdate({ id: 'a', address: 1 })
    list.addOrUpdate({ id: 'a', address: 2 })
    expect(list.list()).toEqual([{ id: 'a', address: 2 }])
    expect([list.markMissing('a'), list.markMissing('a'), list.markMissing('x')]).toEqual([
      true,
      false,
      false,
    ])
    expect(log).toEqual(['+a', '-a'])
    list.markAllPresent()
    list.removed('a')
    expect(log).toEqual(['+a', '-a', '+a'])
  })

  it('leave static children alone in a scan, and take them with the bus', () => {
    const { list, log, scan } = childList()
    list.addStatic({ id: 's' })
    scan('a')
    scan()
    expect(log.splice(0)).toEqual(['+s', '+a', '-a'])
    list.markAllMissing()
    expect(log).toEqual(['-s'])
  })

  it('do not mind answers that come late or twice', () => {
    const { list, scan } = childList()
    scan('a')
    list.removed('a')
    list.created('x')
    list.created('a')
    list.created('a')
    expect(list.stateOf('a')).toBe('reported')
    scan()
    list.created('a')
    expect(list.stateOf('a')).toBe('missing')
  })
})

describe('a bus that scans when it enters D0', () => {
  it('builds a device node for who is plugged in, and tears it down for who is not', async () => {
    const socket = new Set(['mouse'])
    const nodes = new Map<string, PnpStage>()
    const gone: Promise<unknown>[] = []
    const list: ChildList = new ChildList({
      createDevice({ id }) {
        const host = { isPresent: () => list.isPresent(id) }
        const node = new PnpStage({ name: id, kind: 'pdo', parent: bus, host })
        nodes.set(id, node)
        void node.pnp.start()
        list.created(id)
      },
      removeDevice({ id }) {
        const { pnp } = nodes.get(id)!
        const removal = pnp.surpriseRemove().then(() => pnp.remove())
        gone.push(removal.then(() => list.removed(id)))
      },
    })
    const scan = (): void => list.scan(Array.from(socket, (id) => ({ id })))
    const bus: PnpStage = new PnpStage({ name: 'bus', host: { scanChildren: scan } })
    await bus.started()
    // The bus is not quite in D0 while it scans: its child waits for it.
    expect(nodes.get('mouse')?.pnp.isStarted).toBe(true)
    expect(nodes.get('mouse')?.states).toContain('power StartingChild')
    socket.delete('mouse')
    socket.add('lamp')
    scan()
    await Promise.all(gone)
    expect(nodes.get('mouse')?.pnp.pnpState).toBe('Final')
    expect(nodes.get('lamp')?.state).toBe('Started D0 Started')
    expect(list.list()).toEqual([{ id: 'lamp' }])
    expect(await bus.pnp.remove()).toBe(0)
    expect(nodes.get('lamp')?.states).toContain('pnp Removed')
  })
})

describe('any sequence', () => {
  it('keeps one node an identity, and ends with those that are plugged in', () => {
    for (let seed = 0; seed < 300; seed++) {
      const random = new Random(seed)
      const nodes = new Set<string>()
      const leaving = new Set<string>()
      const list = new ChildList({
        createDevice({ id }) {
          expect(nodes.has(id)).toBe(false)
          nodes.add(id)
        },
        removeDevice({ id }) {
          expect(nodes.has(id)).toBe(true)
          expect(leaving.has(id)).toBe(false)
          leaving.add(id)
        },
      })
      const gone = (id: string): void => {
        leaving.delete(id)
        nodes.delete(id)
        list.removed(id)
      }
      let present: string[] = []
      for (let step = 0; step < 40; step++) {
        present = ['a', 'b', 'c'].filter(() => random.nextBelow(2) === 0)
        list.scan(present.map((id) => ({ id })))
        for (const id of Array.from(nodes)) {
          if (random.nextBelow(2) === 0) list.created(id)
          if (leaving.has(id) && random.nextBelow(2) === 0) gone(id)
        }
      }
      for (const id of Array.from(leaving)) gone(id)
      expect([...nodes].toSorted()).toEqual(present)
    }
  })
})
