import assert from 'node:assert/strict'
import { describe, expect, it } from 'vitest'
import {
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_PARAMETER,
  STATUS_MORE_PROCESSING_REQUIRED,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
  STATUS_WDF_NOT_ENOUGH_MAP_REGISTERS,
  STATUS_WDF_TOO_FRAGMENTED,
  STATUS_WDF_TOO_MANY_TRANSFERS,
} from '../../../src/abi/ntstatus.js'
import {
  ctlCode,
  METHOD_BUFFERED,
  METHOD_IN_DIRECT,
  METHOD_NEITHER,
  METHOD_OUT_DIRECT,
} from '../../../src/abi/ctl-code.js'
import { DmaEnabler, type DmaEnablerConfig } from '../../../src/framework/dma-enabler.js'
import {
  DMA_CREATED,
  DMA_DELETED,
  DMA_INITIALIZED,
  DMA_RELEASED,
  DMA_RESERVED,
  DMA_TRANSFER,
  DMA_TRANSFER_COMPLETED,
  DMA_TRANSFER_FAILED,
  type DmaDirection,
  type DmaTransaction,
} from '../../../src/framework/dma-transaction.js'
import type { Request } from '../../../src/framework/request.js'
import { driverUrl } from '../../harness/inline-driver.js'
import { freeDevice } from '../../harness/levels.js'
import { Requester } from '../../harness/requester.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

type Programmed = [low: number, bytes: number][]

function bench(config: Partial<DmaEnablerConfig> = {}) {
  const whole = { profile: 'scatter-gather', maximumLength: 8192, ...config } as const
  const enabler = new DmaEnabler(whole, freeDevice.object)
  const programmed: Programmed[] = []
  let starts = true
  const program = (_transaction: unknown, _direction: unknown, list: ListLike): boolean => {
    programmed.push(
      Array.from({ length: list.count }, (_, i) => [list.addressLow(i), list.lengthOf(i)]),
    )
    return starts
  }
  const begin = (bytes: number, low = 0): DmaTransaction => {
    const transaction = enabler.createTransaction()
    expect(transaction.initialize(program, 'write-to-device', 1, low, bytes)).toBe(STATUS_SUCCESS)
    return transaction
  }
  const refuseToStart = (): void => {
    starts = false
  }
  return { enabler, programmed, program, begin, refuseToStart }
}
interface ListLike {
  readonly count: number
  addressLow(i: number): number
  lengthOf(i: number): number
}

function broken(): boolean {
  throw new Error('expected in this test')
}

/** Code of the error that it throws, undefined if it throws none. */
function codeOf(action: () => void): string | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    return (error as { code: string }).code
  }
}

const fatal = expect.objectContaining({ code: 'WDF_DMA_FATAL_ERROR' })

describe('DmaTransaction', () => {
  it('cuts a long I/O into transfers, one after the other', () => {
    const { begin, programmed } = bench()
    const transaction = begin(20_000, 4000)
    expect(transaction.state).toBe(DMA_INITIALIZED)
    expect(transaction.execute()).toBe(STATUS_SUCCESS)
    expect([transaction.state, transaction.currentTransferLength]).toEqual([DMA_TRANSFER, 8192])
    expect(transaction.dmaCompleted()).toBe(false)
    expect(transaction.status).toBe(STATUS_MORE_PROCESSING_REQUIRED)
    expect(transaction.dmaCompleted()).toBe(false)
    expect(transaction.dmaCompleted()).toBe(true)
    expect([transaction.state, transaction.status, transaction.bytesTransferred]).toEqual([
      DMA_TRANSFER_COMPLETED,
      STATUS_SUCCESS,
      20_000,
    ])
    expect(programmed).toEqual([
      [
        [4000, 96],
        [4096, 4096],
        [8192, 4000],
      ],
      [
        [12_192, 96],
        [12_288, 4096],
        [16_384, 4000],
      ],
      [
        [20_384, 96],
        [20_480, 3520],
      ],
    ])
  })

  it('goes on where a partial transfer ended; nothing transferred repeats it', () => {
    const { begin, programmed } = bench({ maximumLength: 4096 })
    const transaction = begin(6000)
    transaction.execute()
    expect(transaction.dmaCompletedWithLength(1000)).toBe(false)
    expect(transaction.dmaCompletedWithLength(0)).toBe(false)
    expect(transaction.dmaCompleted()).toBe(false)
    expect(transaction.dmaCompleted()).toBe(true)
    expect(
      programmed.map((list) => [list[0]?.[0], list.reduce((sum, [, n]) => sum + n, 0)]),
    ).toEqual([
      [0, 4096],
      [1000, 4096],
      [1000, 4096],
      [5096, 904],
    ])
    expect(transaction.bytesTransferred).toBe(6000)
  })

  it('an underrun is final', () => {
    const { begin, programmed } = bench({ maximumLength: 4096 })
    const transaction = begin(9000)
    transaction.execute()
    transaction.dmaCompleted()
    expect(transaction.dmaCompletedFinal(100)).toBe(true)
    expect([transaction.status, transaction.bytesTransferred, programmed.length]).toEqual([
      STATUS_SUCCESS,
      4196,
      2,
    ])
  })

  it.each([-1, 4097, 1.5])('a report of %d bytes of 4096 fails it', (bytes) => {
    const { begin } = bench({ maximumLength: 4096 })
    const transaction = begin(9000)
    transaction.execute()
    expect(transaction.dmaCompletedWithLength(bytes)).toBe(true)
    expect([transaction.state, transaction.status]).toEqual([
      DMA_TRANSFER_FAILED,
      STATUS_INVALID_PARAMETER,
    ])
  })

  it('fails when the driver does not start a transfer, the first or a later one', () => {
    const first = bench()
    first.refuseToStart()
    const transaction = first.begin(100)
    expect(transaction.execute()).toBe(STATUS_UNSUCCESSFUL)
    expect(transaction.state).toBe(DMA_TRANSFER_FAILED)
    const later = bench({ maximumLength: 50 })
    const second = later.begin(100)
    second.execute()
    later.refuseToStart()
    expect(second.dmaCompleted()).toBe(true)
    expect(second.status).toBe(STATUS_UNSUCCESSFUL)
  })

  it('fails when EvtProgramDma throws, and is used again', () => {
    const { enabler, program } = bench({ mapRegisters: 2 })
    const transaction = enabler.createTransaction()
    for (let i = 0; i < 3; i++) {
      transaction.initialize(broken, 'write-to-device', 1, 0, 8192)
      expect(() => transaction.execute()).toThrow('expected in this test')
      expect(transaction.status).toBe(STATUS_UNSUCCESSFUL)
      expect(transaction.state).toBe(DMA_TRANSFER_FAILED)
      transaction.release()
    }
    transaction.initialize(program, 'write-to-device', 1, 0, 8192)
    expect(transaction.execute()).toBe(STATUS_SUCCESS)
    expect(transaction.dmaCompleted()).toBe(true)
  })

  it('leaves a transfer alone that EvtProgramDma has ended itself, whatever it returns', () => {
    const { enabler, program } = bench()
    const transaction = enabler.createTransaction()
    const aborts = (): boolean => {
      expect(transaction.dmaCompletedFinal(0)).toBe(true)
      transaction.release()
      return false
    }
    transaction.initialize(aborts, 'write-to-device', 1, 0, 100)
    expect(transaction.execute()).toBe(STATUS_SUCCESS)
    expect(transaction.state).toBe(DMA_RELEASED)
    transaction.initialize(program, 'write-to-device', 1, 0, 100)
    expect(transaction.execute()).toBe(STATUS_SUCCESS)
  })

  it('is used again and again', () => {
    const { begin, program } = bench()
    const transaction = begin(100)
    for (let i = 1; i < 5; i++) {
      transaction.execute()
      transaction.dmaCompleted()
      transaction.release()
      expect([transaction.state, transaction.bytesTransferred]).toEqual([DMA_RELEASED, 0])
      expect(transaction.initialize(program, 'read-from-device', 1, 0, 100 * i)).toBe(0)
    }
  })

  it('chains pieces of memory, unless the device needs one', () => {
    const { begin, programmed } = bench()
    const transaction = begin(100, 50)
    expect(transaction.addPiece(2, 4000, 200)).toBe(STATUS_SUCCESS)
    expect(transaction.addPiece(2, 4000, 0)).toBe(STATUS_INVALID_PARAMETER)
    transaction.execute()
    expect(programmed).toEqual([
      [
        [50, 100],
        [4000, 96],
        [4096, 104],
      ],
    ])
    const packet = bench({ profile: 'packet' }).begin(100)
    expect(packet.addPiece(2, 0, 100)).toBe(STATUS_INVALID_PARAMETER)
  })

  it('in a single transfer or not at all', () => {
    const tooLong = bench().begin(8193)
    tooLong.setSingleTransferRequirement(true)
    expect(tooLong.execute()).toBe(STATUS_WDF_TOO_MANY_TRANSFERS)
    expect(tooLong.state).toBe(DMA_TRANSFER_FAILED)
    const fragmented = bench({ maximumScatterGatherElements: 2 }).begin(8192, 1)
    fragmented.setSingleTransferRequirement(true)
    expect(fragmented.execute()).toBe(STATUS_WDF_TOO_FRAGMENTED)
    const unmapped = bench({ mapRegisters: 2 }).begin(8192, 1)
    unmapped.setSingleTransferRequirement(true)
    expect(unmapped.execute()).toBe(STATUS_WDF_NOT_ENOUGH_MAP_REGISTERS)
    const right = bench().begin(8192)
    right.setSingleTransferRequirement(true)
    expect(right.execute()).toBe(STATUS_SUCCESS)
  })

  it('shorter transfers on request', () => {
    const { begin, programmed } = bench()
    const transaction = begin(3000)
    transaction.setMaximumLength(1000)
    transaction.execute()
    while (!transaction.dmaCompleted());
    expect(programmed).toHaveLength(3)
    transaction.setMaximumLength(1e9)
    transaction.release()
  })

  it('waits for map registers, in order, and can be cancelled only then', () => {
    const { begin, programmed } = bench({ mapRegisters: 3 })
    const [first, second, third, fourth] = [begin(8192), begin(8192), begin(4096), begin(4096)]
    for (const each of [first, second, third, fourth]) expect(each.execute()).toBe(STATUS_SUCCESS)
    // The third would fit, but the second came first.
    expect(programmed).toHaveLength(1)
    expect([first.cancel(), fourth.cancel(), fourth.cancel()]).toEqual([false, true, false])
    expect(fourth.state).toBe(DMA_TRANSFER_FAILED)
    expect(() => second.dmaCompleted()).toThrow(fatal)
    expect(first.dmaCompleted()).toBe(true)
    expect(programmed).toHaveLength(3)
    expect([second.dmaCompleted(), third.dmaCompleted()]).toEqual([true, true])
  })

  it('gives back no map registers that it never had', () => {
    const { enabler, begin } = bench({ mapRegisters: 3 })
    const [first, second] = [begin(8192), begin(8192)]
    for (const each of [first, second]) each.execute()
    expect(second.cancel()).toBe(true)
    second.delete()
    for (const count of [0, -4, 1.5, NaN]) {
      expect(enabler.createTransaction().reserve(count)).toBe(STATUS_INVALID_PARAMETER)
    }
    first.dmaCompleted()
    expect(enabler.createTransaction().reserve(4)).toBe(STATUS_WDF_NOT_ENOUGH_MAP_REGISTERS)
    expect(enabler.createTransaction().reserve(3)).toBe(STATUS_SUCCESS)
  })

  it('with reserved map registers it does not wait', () => {
    const { enabler, begin, program, programmed } = bench({ mapRegisters: 4 })
    const transaction = enabler.createTransaction()
    expect(transaction.reserve(5)).toBe(STATUS_WDF_NOT_ENOUGH_MAP_REGISTERS)
    expect(transaction.reserve(2)).toBe(STATUS_SUCCESS)
    expect(transaction.state).toBe(DMA_RESERVED)
    const others = [begin(8192), begin(8192)]
    for (const other of others) other.execute()
    expect(programmed).toHaveLength(1)
    transaction.initialize(program, 'write-to-device', 1, 0, 8192)
    transaction.execute()
    expect(programmed).toHaveLength(2)
    transaction.dmaCompleted()
    transaction.release()
    transaction.freeReserved()
    expect(programmed).toHaveLength(3)
  })

  it('every call has its states; all others are a WDF_DMA_FATAL_ERROR', () => {
    const { enabler, program } = bench()
    const calls: Record<string, (transaction: DmaTransaction) => unknown> = {
      reserve: (t) => t.reserve(1),
      initialize: (t) => t.initialize(program, 'write-to-device', 1, 0, 100),
      addPiece: (t) => t.addPiece(1, 0, 1),
      execute: (t) => t.execute(),
      dmaCompleted: (t) => t.dmaCompleted(),
      dmaCompletedWithLength: (t) => t.dmaCompletedWithLength(1),
      dmaCompletedFinal: (t) => t.dmaCompletedFinal(1),
      release: (t) => t.release(),
      delete: (t) => t.delete(),
    }
    const allowed: Record<number, string[]> = {
      [DMA_CREATED]: ['reserve', 'initialize', 'release', 'delete'],
      [DMA_RESERVED]: ['initialize', 'release', 'delete'],
      [DMA_INITIALIZED]: ['addPiece', 'execute', 'release', 'delete'],
      [DMA_TRANSFER]: ['dmaCompleted', 'dmaCompletedWithLength', 'dmaCompletedFinal'],
      [DMA_TRANSFER_COMPLETED]: ['release', 'delete'],
      [DMA_TRANSFER_FAILED]: ['release', 'delete'],
      [DMA_RELEASED]: ['reserve', 'initialize', 'release', 'delete'],
      [DMA_DELETED]: ['delete'],
    }
    const bring = (state: number): DmaTransaction => {
      const transaction = enabler.createTransaction()
      if (state === DMA_RESERVED) transaction.reserve(1)
      if (state >= DMA_INITIALIZED) transaction.initialize(program, 'write-to-device', 1, 0, 100)
      if (state >= DMA_TRANSFER) transaction.execute()
      if (state >= DMA_TRANSFER_COMPLETED) {
        if (state === DMA_TRANSFER_FAILED) transaction.dmaCompletedWithLength(101)
        else transaction.dmaCompleted()
      }
      if (state >= DMA_RELEASED) transaction.release()
      if (state === DMA_DELETED) transaction.delete()
      expect(transaction.state).toBe(state)
      return transaction
    }
    for (const [state, names] of Object.entries(allowed)) {
      for (const [name, call] of Object.entries(calls)) {
        const transaction = bring(Number(state))
        const isAllowed = codeOf(() => call(transaction)) !== 'WDF_DMA_FATAL_ERROR'
        expect(isAllowed, `${name} in state ${state}:`).toBe(names.includes(name))
      }
    }
  })

  it('refuses a transfer of nothing', () => {
    const { enabler, program } = bench()
    const transaction = enabler.createTransaction()
    for (const bytes of [0, -1, 1.5]) {
      expect(transaction.initialize(program, 'write-to-device', 1, 0, bytes)).toBe(
        STATUS_INVALID_PARAMETER,
      )
    }
    expect(transaction.state).toBe(DMA_CREATED)
  })
})

/** Presents one request and says what each direction answers. */
async function answersTo(send: (requester: Requester) => void): Promise<number[]> {
  const { enabler, program } = bench()
  const answers: number[] = []
  const transaction = enabler.createTransaction()
  const handle = (_queue: unknown, request: Request): void => {
    for (const direction of ['read-from-device', 'write-to-device'] as DmaDirection[]) {
      answers.push(transaction.initializeUsingRequest(request, program, direction))
      if (transaction.state === DMA_INITIALIZED) {
        assert.equal(transaction.request, request)
        transaction.release()
        assert.equal(transaction.request, null)
      }
    }
    request.complete(STATUS_SUCCESS)
  }
  const driver = driverUrl({
    EvtDriverDeviceAdd(_driver, deviceInit) {
      const device = deviceInit.createDevice({})
      device.createIoQueue({
        dispatchType: 'sequential',
        defaultQueue: true,
        allowZeroLengthRequests: true,
        EvtIoDefault: handle,
      })
    },
  })
  const engine = new SteppedEngine()
  await engine.addDevice(driver)
  send(new Requester(engine))
  expect(engine.run()).toHaveLength(1)
  return answers
}

const yes = STATUS_SUCCESS
const no = STATUS_INVALID_DEVICE_REQUEST
const code = (method: number): number => ctlCode(0x22, 0x900, method, 0)

describe('initializeUsingRequest', () => {
  it.each<[string, (requester: Requester) => void, number[]]>([
    ['a read', (r) => r.read(1), [yes, no]],
    ['a write', (r) => r.write(1), [no, yes]],
    ['a read of nothing', (r) => r.read(1, 0), [no, no]],
    ['a buffered control code', (r) => r.ioctl(1, code(METHOD_BUFFERED), 8, 8), [yes, yes]],
    ['one without output', (r) => r.ioctl(1, code(METHOD_BUFFERED), 8, 0), [no, yes]],
    ['one without input', (r) => r.ioctl(1, code(METHOD_BUFFERED), 0, 8), [yes, no]],
    ['METHOD_IN_DIRECT', (r) => r.ioctl(1, code(METHOD_IN_DIRECT), 8, 8), [no, yes]],
    ['METHOD_OUT_DIRECT', (r) => r.ioctl(1, code(METHOD_OUT_DIRECT), 8, 8), [yes, no]],
    ['METHOD_NEITHER', (r) => r.ioctl(1, code(METHOD_NEITHER), 8, 8), [no, no]],
  ])('%s', async (_name, send, answers) => {
    expect(await answersTo(send)).toEqual(answers)
  })
})
