import { describe, expect, it } from 'vitest'
import { EDU_IDENTITY } from '../../../../src/abi/edu-registers.js'
import {
  IOCTL_EDU_FACTORIAL,
  IOCTL_EDU_IDENTIFY,
  IOCTL_EDU_LIVENESS,
} from '../../../../src/abi/edu-ioctl.js'
import {
  STATUS_BUFFER_TOO_SMALL,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../../../../src/abi/ntstatus.js'
import { startEdu } from './edu-bench.js'

describe.each(['level', 'message'] as const)('edu driver, %s interrupt', (trigger) => {
  it('identifies the device and checks that it lives', async () => {
    const bench = await startEdu({ trigger })
    expect(bench.ioctl(IOCTL_EDU_IDENTIFY)).toEqual([STATUS_SUCCESS, 4, EDU_IDENTITY])
    expect(bench.ioctl(IOCTL_EDU_LIVENESS, 0x1234_5678)).toEqual([STATUS_SUCCESS, 4, ~0x1234_5678])
  })

  it('computes factorials, each ended by one interrupt, one ISR, one DPC', async () => {
    const bench = await startEdu({ trigger, factorialUs: 100 })
    const expected = [1, 1, 2, 6, 24, 120, 720, 5040, 40_320, 362_880, 3_628_800, 39_916_800]
    for (const [n, product] of expected.entries()) {
      expect(bench.ioctl(IOCTL_EDU_FACTORIAL, n)).toEqual([STATUS_SUCCESS, 4, product])
    }
    // 13! = 6,227,020,800 does not fit 32 bits.
    expect(bench.ioctl(IOCTL_EDU_FACTORIAL, 13)[2]).toBe(1_932_053_504)
    const { statistics, dpcRuns } = bench.interrupt
    expect(dpcRuns).toBe(13)
    expect(statistics).toMatchObject({ services: 13, unclaimed: 0, raises: 13 })
    expect(bench.stepped.thrown).toEqual([])
  })

  it('writes to the device’s buffer and reads back, from and to memory that spans pages', async () => {
    const { requester, stepped } = await startEdu({ trigger, dmaUs: 50 })
    const { channel, file } = requester
    const buffer = channel.allocate(8192)
    const bytes = buffer.bytes.subarray(1000, 1000 + 4096)
    const middle = buffer.move(buffer.byteOffset + 1000, 4096)
    for (let i = 0; i < 4096; i++) bytes[i] = (i * 7) & 0xff
    channel.prepareWrite(file, middle, 4096, 0, 1)
    expect(stepped.run()).toMatchObject([{ status: STATUS_SUCCESS, information: 4096 }])
    bytes.fill(0)
    channel.prepareRead(file, middle, 1000, 96, 2)
    expect(stepped.run()).toMatchObject([{ status: STATUS_SUCCESS, information: 1000 }])
    expect([...bytes.subarray(0, 1000)]).toEqual(
      Array.from({ length: 1000 }, (_, i) => ((i + 96) * 7) & 0xff),
    )
    expect(bytes[1000]).toBe(0)
    expect(stepped.device?.report()).toMatchObject({
      dmaBytesRead: 4096,
      dmaBytesWritten: 1000,
      dmaFaults: 0,
    })
  })

  it('serves requests in order, one at a time', async () => {
    const { requester, stepped } = await startEdu({ trigger })
    for (let i = 0; i < 8; i++) requester.write(i, 64, i * 64)
    expect(stepped.run().map(({ context }) => context)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  it('refuses what the device cannot do', async () => {
    const bench = await startEdu({ trigger })
    const { requester, stepped } = bench
    requester.write(1, 64, 4096 - 63)
    expect(stepped.run()).toMatchObject([{ status: STATUS_INVALID_PARAMETER }])
    requester.ioctl(2, 0x1234)
    expect(stepped.run()).toMatchObject([{ status: STATUS_INVALID_DEVICE_REQUEST }])
    requester.ioctl(3, IOCTL_EDU_FACTORIAL, 2, 4)
    expect(stepped.run()).toMatchObject([{ status: STATUS_BUFFER_TOO_SMALL }])
    expect(bench.ioctl(IOCTL_EDU_FACTORIAL, 5)[2]).toBe(120)
  })
})
