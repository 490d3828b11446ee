/** DMA transactions: states, transfers, what is refused. Source: kmdf.md 7.3. */
import { describe, expect, it } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import { DmaEnabler, type DmaEnablerConfig } from '../../src/framework/dma-enabler.js'
import type { DmaTransaction } from '../../src/framework/dma-transaction.js'
import { deviceOf } from '../harness/levels.js'
import { codeOf } from '../harness/status.js'
import { named } from './named.js'

const FATAL = 'WDF_DMA_FATAL_ERROR'

/** A transaction whose transfers are logged by their length; `starts` says whether the driver starts them. */
function bench(config: Partial<DmaEnablerConfig> = {}) {
  const device = deviceOf({ synchronizationScope: 'none' })
  const whole = { profile: 'scatter-gather', maximumLength: 4096, ...config } as const
  const enabler = new DmaEnabler(whole, device.object)
  const transfers: number[] = []
  const driver = { starts: true }
  const program = (transaction: DmaTransaction): boolean => {
    transfers.push(transaction.currentTransferLength)
    return driver.starts
  }
  const initialized = (byteLength: number, address = 0): DmaTransaction => {
    const transaction = enabler.createTransaction()
    transaction.initialize(program, 'read-from-device', 0, address, byteLength)
    return transaction
  }
  return { enabler, transfers, driver, program, initialized }
}

describe('states', () => {
  const STATES: { state: string; bring: (t: DmaTransaction) => void; takes: readonly string[] }[] =
    [
      { state: 'Created', bring: () => {}, takes: ['initialize', 'release', 'delete'] },
      {
        state: 'Reserved',
        bring: (t) => void t.reserve(1),
        takes: ['initialize', 'release', 'delete'],
      },
      {
        state: 'Initialized',
        bring: (t) => void t.initialize(() => true, 'read-from-device', 0, 0, 64),
        takes: ['execute', 'release', 'delete'],
      },
      {
        state: 'Transfer',
        bring: (t) => {
          t.initialize(() => true, 'read-from-device', 0, 0, 64)
          t.execute()
        },
        takes: ['dmaCompleted'],
      },
      {
        state: 'TransferCompleted',
        bring: (t) => {
          t.initialize(() => true, 'read-from-device', 0, 0, 64)
          t.execute()
          t.dmaCompleted()
        },
        takes: ['release', 'delete'],
      },
      {
        state: 'TransferFailed',
        bring: (t) => {
          t.initialize(() => false, 'read-from-device', 0, 0, 64)
          t.execute()
        },
        takes: ['release', 'delete'],
      },
      {
        state: 'Released',
        bring: (t) => {
          t.initialize(() => true, 'read-from-device', 0, 0, 64)
          t.release()
        },
        takes: ['initialize', 'release', 'delete'],
      },
    ]
  const CALLS: Record<string, (t: DmaTransaction) => unknown> = {
    initialize: (t) => t.initialize(() => true, 'read-from-device', 0, 0, 64),
    execute: (t) => t.execute(),
    dmaCompleted: (t) => t.dmaCompleted(),
    release: (t) => t.release(),
    delete: (t) => t.delete(),
  }
  const rows = STATES.flatMap(({ state, bring, takes }) =>
    Object.entries(CALLS).map(([call, make]) => {
      const isTaken = takes.includes(call)
      return { state, bring, call, make, isTaken, answer: isTaken ? 'taken' : FATAL }
    }),
  )

  it.each(named(rows, '7.3 $call of a transaction that is $state: $answer'))('%s', (_name, row) => {
    const transaction = bench().enabler.createTransaction()
    row.bring(transaction)
    expect(codeOf(() => row.make(transaction))).toBe(row.isTaken ? undefined : FATAL)
  })
})

describe('transfers', () => {
  it('7.3 are at most as long as the device can, one after the other', () => {
    const { transfers, initialized } = bench({ maximumLength: 4096 })
    const transaction = initialized(10_000)
    expect(transaction.execute()).toBe(nt.STATUS_SUCCESS)
    expect([transaction.dmaCompleted(), transaction.status]).toEqual([
      false,
      nt.STATUS_MORE_PROCESSING_REQUIRED,
    ])
    expect([transaction.dmaCompleted(), transaction.dmaCompleted()]).toEqual([false, true])
    expect([transfers, transaction.status, transaction.bytesTransferred]).toEqual([
      [4096, 4096, 1808],
      nt.STATUS_SUCCESS,
      10_000,
    ])
  })

  it('7.3 are at most as long as the map registers reach', () => {
    const { transfers, initialized } = bench({ maximumLength: 65_536, mapRegisters: 2 })
    initialized(20_000).execute()
    expect(transfers).toEqual([8192])
  })

  it('7.3 partial: what is left comes next; 0 bytes: the same transfer again', () => {
    const { transfers, initialized } = bench()
    const transaction = initialized(4096)
    transaction.execute()
    expect(transaction.dmaCompletedWithLength(0)).toBe(false)
    expect(transaction.dmaCompletedWithLength(1000)).toBe(false)
    expect(transaction.dmaCompleted()).toBe(true)
    expect([transfers, transaction.bytesTransferred]).toEqual([[4096, 4096, 3096], 4096])
  })

  it('7.3 final: nothing comes after it', () => {
    const { transfers, initialized } = bench()
    const transaction = initialized(10_000)
    transaction.execute()
    expect(transaction.dmaCompletedFinal(7)).toBe(true)
    expect([transfers, transaction.status, transaction.bytesTransferred]).toEqual([
      [4096],
      nt.STATUS_SUCCESS,
      7,
    ])
  })

  it.each(['dmaCompletedWithLength', 'dmaCompletedFinal'] as const)(
    '7.3 %s with more than the current transfer: INVALID_PARAMETER ends the whole I/O',
    (call) => {
      const transaction = bench().initialized(10_000)
      transaction.execute()
      expect([transaction[call](4097), transaction.status]).toEqual([
        true,
        nt.STATUS_INVALID_PARAMETER,
      ])
    },
  )

  it('7.3 a driver that does not start one ends the whole I/O', () => {
    const { driver, initialized } = bench()
    const transaction = initialized(10_000)
    transaction.execute()
    driver.starts = false
    expect([transaction.dmaCompleted(), transaction.status]).toEqual([true, nt.STATUS_UNSUCCESSFUL])
  })
})

function refusedWith(config: Partial<DmaEnablerConfig>, byteLength: number, pieces = 1): number {
  const transaction = bench(config).initialized(byteLength)
  for (let i = 1; i < pieces; i++) transaction.addPiece(0, i * 65_536, 64)
  transaction.setSingleTransferRequirement(true)
  return transaction.execute()
}

describe('a single transfer, or none', () => {
  it('7.3 too long: TOO_MANY_TRANSFERS', () => {
    expect(refusedWith({ maximumLength: 4096 }, 4097)).toBe(nt.STATUS_WDF_TOO_MANY_TRANSFERS)
  })

  it('7.3 too many elements: TOO_FRAGMENTED', () => {
    const config = { maximumLength: 65_536, maximumScatterGatherElements: 2 }
    expect(refusedWith(config, 64, 3)).toBe(nt.STATUS_WDF_TOO_FRAGMENTED)
  })

  it('7.3 more pages than map registers: NOT_ENOUGH_MAP_REGISTERS', () => {
    const config = { maximumLength: 65_536, mapRegisters: 2 }
    expect(refusedWith(config, 12_288)).toBe(nt.STATUS_WDF_NOT_ENOUGH_MAP_REGISTERS)
  })

  it('7.3 one that fits goes', () => {
    expect(refusedWith({ maximumLength: 4096 }, 4096)).toBe(nt.STATUS_SUCCESS)
  })
})

describe('resources', () => {
  it('7.3 cancel succeeds only while it waits for map registers', () => {
    const { transfers, initialized } = bench({ maximumLength: 4096, mapRegisters: 1 })
    const first = initialized(4096)
    const second = initialized(4096)
    expect([first.execute(), second.execute()]).toEqual([nt.STATUS_SUCCESS, nt.STATUS_SUCCESS])
    expect([transfers.length, first.cancel(), second.cancel()]).toEqual([1, false, true])
    expect([second.cancel(), first.dmaCompleted(), transfers.length]).toEqual([false, true, 1])
  })

  it('7.3 duplex: one read and one write transaction at the same time', () => {
    const { enabler, transfers, program } = bench({ profile: 'scatter-gather-duplex' })
    const directions = ['read-from-device', 'write-to-device'] as const
    const both = directions.map((direction) => {
      const transaction = enabler.createTransaction()
      transaction.initialize(program, direction, 0, 0, 64)
      return transaction
    })
    for (const transaction of both) expect(transaction.execute()).toBe(nt.STATUS_SUCCESS)
    expect([transfers, both.map((transaction) => transaction.isInTransfer)]).toEqual([
      [64, 64],
      [true, true],
    ])
  })

  it('7.3 a deleted one gives its reserved map registers back', () => {
    const { enabler } = bench({ mapRegisters: 1 })
    const first = enabler.createTransaction()
    expect(first.reserve(1)).toBe(nt.STATUS_SUCCESS)
    const second = enabler.createTransaction()
    expect(second.reserve(1)).toBe(nt.STATUS_WDF_NOT_ENOUGH_MAP_REGISTERS)
    first.delete()
    expect(second.reserve(1)).toBe(nt.STATUS_SUCCESS)
  })

  it('7.3 with its enabler goes a transaction that waits: who waits behind it is served', () => {
    const { enabler, initialized } = bench({ maximumLength: 4096, mapRegisters: 1 })
    const transactions = [initialized(4096), initialized(4096)]
    for (const transaction of transactions) transaction.execute()
    enabler.object.delete()
    expect(transactions.map(({ object }) => object.state)).toEqual(['destroyed', 'destroyed'])
  })
})
