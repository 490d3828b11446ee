/**
 * Drivers that misbehave: each fails its own request and nothing else, and main hears of it.
 */
import { describe, expect, it } from 'vitest'
import { BEHAVE } from '../fixtures/drivers/behaviours.js'
import { fixture } from './built.js'
import { behavioursBench } from './behaviours-bench.js'
import { BALANCED, eventually, runScript, within } from './helpers.js'

const DRIVER_INTERNAL_ERROR = 0xc0000183 | 0
const DEVICE_BUSY = 0x80000011 | 0

describe('a handler that', () => {
  const bench = behavioursBench(64)
  const { faults, read } = bench

  for (const [what, behaviour, status, error] of [
    ['throws', 'throwError', DRIVER_INTERNAL_ERROR, { message: 'thrown on purpose' }],
    ['throws a status', 'throwStatus', DEVICE_BUSY, { code: 'STATUS_DEVICE_BUSY' }],
    ['throws null', 'throwNull', DRIVER_INTERNAL_ERROR, { message: 'threw null' }],
    [
      'throws after completing',
      'throwAfterCompleting',
      0,
      { message: 'thrown after completing, on purpose' },
    ],
    ['completes twice', 'completeTwice', 0, { code: 'WDF_REQUEST_FATAL_ERROR' }],
    [
      'reports more bytes than there are',
      'informationTooLarge',
      DRIVER_INTERNAL_ERROR,
      { code: 'WDF_REQUEST_FATAL_ERROR' },
    ],
    [
      'reports a negative number of bytes',
      'informationNegative',
      DRIVER_INTERNAL_ERROR,
      { code: 'WDF_REQUEST_FATAL_ERROR' },
    ],
    [
      'completes with STATUS_PENDING',
      'completePending',
      DRIVER_INTERNAL_ERROR,
      { code: 'WDF_REQUEST_FATAL_ERROR' },
    ],
    [
      'completes with a string',
      'completeWithText',
      DRIVER_INTERNAL_ERROR,
      { code: 'WDF_REQUEST_FATAL_ERROR' },
    ],
    [
      'completes what it marked cancelable',
      'completeWhileCancelable',
      DRIVER_INTERNAL_ERROR,
      { code: 'WDF_REQUEST_FATAL_ERROR' },
    ],
  ] as const) {
    it(`${what} ends its own request, and the next one works`, async () => {
      faults.length = 0
      expect((await read(BEHAVE[behaviour])).status).toBe(status)
      await eventually(() => faults.length === 1, 'driverFault')
      expect(faults[0]).toMatchObject({ device: 'behaviours', error })
      expect(await read(BEHAVE.complete)).toEqual({ status: 0, information: 8 })
    })
  }

  it('completes again later, when the slot is free, changes nothing', async () => {
    expect((await read(BEHAVE.completeTwiceLater)).status).toBe(0)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(await read(BEHAVE.complete)).toEqual({ status: 0, information: 8 })
  })

  it('throws from EvtRequestCancel ends the request', async () => {
    faults.length = 0
    const result = await within(
      30_000,
      'a read whose cancel callback throws',
      bench.file.read(new Uint8Array(8), {
        offset: BEHAVE.throwFromCancel,
        timeoutMs: 10,
        rejectOnFailure: false,
      }),
    )
    expect(result.status).toBe(DRIVER_INTERNAL_ERROR)
    await eventually(() => faults.length === 1, 'driverFault')
    expect(faults[0]?.error.message).toBe('thrown from EvtRequestCancel, on purpose')
  })

  it('throws in the middle of a batch harms none of its neighbours', async () => {
    faults.length = 0
    const { channel } = bench.engine
    const buffer = channel.allocate(8)
    for (let i = 0; i < 60; i++) {
      const behaviour = i % 3 === 1 ? BEHAVE.throwError : BEHAVE.complete
      channel.prepareRead(bench.file, buffer, 8, behaviour, i)
    }
    expect(channel.submit()).toBe(60)
    const seen: number[] = []
    while (seen.length < 60) {
      const reaped = channel.reap(100, (context, status) => {
        expect(status).toBe(context % 3 === 1 ? DRIVER_INTERNAL_ERROR : 0)
        seen.push(context)
      })
      if (reaped === 0) await channel.waitAsync(1000)
    }
    expect(seen).toEqual(Array.from({ length: 60 }, (_, i) => i))
    await eventually(() => faults.length === 20, '20 driverFaults')
    channel.free(buffer)
  })

  it('is counted', async () => {
    expect(bench.engine.statistics()[0]?.driverFaults).toBeGreaterThan(0)
    await bench.engine.stop()
    expect(bench.engine.ledger()).toMatchObject(BALANCED)
  })
})

describe('a driver fault that nobody listens for', () => {
  it('is a process warning with the stack; the process goes on', async () => {
    const script = `
      import { Engine } from 'irpool'
      process.on('warning', (w) => console.log(JSON.stringify([w.name, w.message, w.detail ?? ''])))
      const engine = await Engine.start({ workers: 1 })
      await engine.addDevice({ name: 'b', driver: ${JSON.stringify(fixture('behaviours').href)} })
      const file = await engine.open('b')
      for (let i = 0; i < 30; i++) {
        await file.read(new Uint8Array(4), { offset: ${BEHAVE.throwError} }).catch(() => {})
      }
      console.log('status', (await file.read(new Uint8Array(4))).status)
      await engine.stop()
    `
    const { exitCode, lines } = await runScript(script)
    expect(exitCode).toBe(0)
    expect(lines.at(-1)).toBe('status 0')
    const warnings = lines.slice(0, -1).map((line) => JSON.parse(line) as string[])
    // Ten and no more: a driver that throws a million times does not drown the log.
    expect(warnings).toHaveLength(10)
    expect(warnings[0]?.[0]).toBe('IrpoolWarning')
    expect(warnings[0]?.[1]).toContain('device "b" threw: thrown on purpose')
    expect(warnings[0]?.[2]).toContain('behaviours')
  })
})
