import { expect, it } from 'vitest'
import { STATUS_IO_DEVICE_ERROR } from '../../../../src/abi/ntstatus.js'
import type { IrpFile } from '../../../../src/manager/irp-file.js'
import fault from '../../../../src/pairs/filters/fault.js'
import { queryStatistics } from '../../../../src/manager/query-statistics.js'
import stats from '../../../../src/pairs/filters/stats.js'
import ramdisk from '../../../../src/pairs/kmdf/ramdisk.js'
import storagePort from '../../../../src/pairs/storage/port-driver.js'
import { moduleUrl } from '../../../harness/inline-driver.js'
import { SteppedEngine } from '../../../harness/stepped-engine.js'

const QUIETLY = { rejectOnFailure: false } as const

async function opened(
  below: readonly { driver: unknown; parameters?: Record<string, unknown> }[],
): Promise<{ engine: SteppedEngine; file: IrpFile }> {
  const engine = new SteppedEngine({ bufferBytes: 1 << 16 })
  await engine.addDevice(moduleUrl(stats), {
    role: 'filter',
    below: below.map(({ driver, parameters = {} }, i) => ({
      id: i + 1,
      driver: moduleUrl(driver),
      role: i === below.length - 1 ? 'function' : 'filter',
      parameters,
    })),
  })
  return { engine, file: await engine.until(engine.channel.open('device0')) }
}

const NONE = { requests: 0, failed: 0, cancelled: 0, bytes: 0, p50Ns: 0, p99Ns: 0, longestNs: 0 }

it('counts by kind what came back, how it ended and how many bytes it moved', async () => {
  const { engine, file } = await opened([
    { driver: storagePort, parameters: { miniport: 'ram', bytes: 1 << 20 } },
  ])
  for (let i = 0; i < 3; i++) await engine.until(file.write(new Uint8Array(1024), { offset: 0 }))
  await engine.until(file.read(new Uint8Array(512)))
  await engine.until(file.read(new Uint8Array(512), { offset: 1 << 21, ...QUIETLY }))
  await engine.until(file.flush())
  await engine.until(file.ioctl(0x22_3333, null, null, QUIETLY))
  const statistics = await engine.until(queryStatistics(file))
  expect(statistics).toMatchObject({
    inFlight: 0,
    mostInFlight: 1,
    read: { requests: 2, failed: 1, cancelled: 0, bytes: 512 },
    write: { requests: 3, failed: 0, cancelled: 0, bytes: 3072 },
    flush: { requests: 1, failed: 0 },
    other: { requests: 1, failed: 1, bytes: 0 },
  })
  const { p50Ns, p99Ns, longestNs } = statistics.write
  expect(p50Ns).toBeGreaterThan(0)
  expect(p99Ns).toBeGreaterThanOrEqual(p50Ns)
  expect(longestNs).toBeGreaterThanOrEqual(p99Ns)
})

it('tells cancelled from failed, and how many were below at once', async () => {
  const { engine, file } = await opened([
    {
      driver: fault,
      parameters: {
        rules: [
          { on: 'read', delayMs: 60_000, count: 2 },
          { on: 'write', status: STATUS_IO_DEVICE_ERROR },
        ],
      },
    },
    { driver: ramdisk },
  ])
  const abort = new AbortController()
  const waiting = [0, 1].map(() =>
    file.read(new Uint8Array(8), { signal: abort.signal, ...QUIETLY }),
  )
  await engine.until(file.write(Uint8Array.of(1), QUIETLY))
  expect(await engine.until(queryStatistics(file))).toMatchObject({ inFlight: 2, mostInFlight: 3 })
  abort.abort()
  await engine.until(Promise.all(waiting))
  expect(await engine.until(queryStatistics(file))).toMatchObject({
    inFlight: 0,
    mostInFlight: 3,
    read: { requests: 2, failed: 0, cancelled: 2, bytes: 0 },
    write: { requests: 1, failed: 1, cancelled: 0, bytes: 0 },
    flush: NONE,
  })
})

it('is asked in vain where it is not', async () => {
  const engine = new SteppedEngine()
  await engine.addDevice(moduleUrl(ramdisk))
  const file = await engine.until(engine.channel.open('device0'))
  await expect(engine.until(queryStatistics(file))).rejects.toMatchObject({
    code: 'STATUS_INVALID_DEVICE_REQUEST',
  })
})
