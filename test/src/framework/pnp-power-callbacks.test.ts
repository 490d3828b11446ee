/** Start and stop sequences and their unwinding. Source: kmdf.md 6.1, 6.2, 6.4. */
import { describe, expect, it } from 'vitest'
import * as nt from '../../../src/abi/ntstatus.js'
import type { PnpPowerEventCallbacks } from '../../../src/framework/pnp/device-callbacks.js'
import { eventLoopTurn } from '../../harness/event-loop-turn.js'
import { driverUrl } from '../../harness/inline-driver.js'
import { Requester, statuses } from '../../harness/requester.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

const STEPS = [
  'EvtDevicePrepareHardware',
  'EvtDeviceD0Entry',
  'EvtDeviceD0Exit',
  'EvtDeviceReleaseHardware',
] as const
type Step = (typeof STEPS)[number]
type Outcome = () => unknown

/** A device whose steps note themselves, and end as told. */
function steps(trace: unknown[][], outcomes: Partial<Record<Step, Outcome>> = {}): string {
  const callbacks = STEPS.map((step) => [
    step,
    (_device: unknown, ...rest: unknown[]) => {
      trace.push([step, ...rest])
      return outcomes[step]?.()
    },
  ])
  return driverUrl({
    EvtDriverDeviceAdd(_driver, init) {
      init.setPnpPowerEventCallbacks(Object.fromEntries(callbacks) as PnpPowerEventCallbacks)
      init.createDevice().createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        EvtIoDefault(_queue, request) {
          trace.push(['request'])
          request.complete(nt.STATUS_SUCCESS)
        },
      })
    },
  })
}
const names = (trace: unknown[][]) => trace.map(([step]) => step)

describe('start', () => {
  it('prepares the hardware, enters D0, then dispatches', async () => {
    const trace: unknown[][] = []
    const engine = new SteppedEngine()
    const resources = [{ port: 1 }]
    const { id } = await engine.addDeviceStopped(steps(trace), { parameters: { resources } })
    const requester = new Requester(engine)
    requester.reads(1)
    expect(trace).toEqual([])
    await engine.framework().startDevice(id)
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
    expect(trace).toEqual([
      ['EvtDevicePrepareHardware', resources, resources],
      ['EvtDeviceD0Entry', 'D3Final'],
      ['request'],
    ])
  })

  it('has no resources when the host gave none, or something else than a list', async () => {
    for (const parameters of [{}, { resources: 'all' }]) {
      const trace: unknown[][] = []
      await new SteppedEngine().addDevice(steps(trace), { parameters })
      expect(trace[0]).toEqual(['EvtDevicePrepareHardware', [], []])
    }
  })

  it('waits for each step', async () => {
    const trace: unknown[][] = []
    const slow = async (): Promise<void> => {
      await eventLoopTurn()
      trace.push(['done'])
    }
    const outcomes = { EvtDevicePrepareHardware: slow, EvtDeviceD0Entry: slow }
    await new SteppedEngine().addDevice(steps(trace, outcomes))
    expect(names(trace)).toEqual(['EvtDevicePrepareHardware', 'done', 'EvtDeviceD0Entry', 'done'])
  })

  it('needs no callbacks', async () => {
    const engine = new SteppedEngine()
    const driver = driverUrl({ EvtDriverDeviceAdd: (_driver, init) => void init.createDevice() })
    await expect(engine.addDevice(driver)).resolves.toBeDefined()
    await expect(engine.framework().stopDevice(0)).resolves.toBeUndefined()
  })
})

const FAILURES: [how: string, outcome: Outcome, ntstatus: number, message: RegExp][] = [
  [
    'returns a failure',
    () => nt.STATUS_DEVICE_POWER_FAILURE,
    nt.STATUS_DEVICE_POWER_FAILURE,
    /failed/,
  ],
  [
    'throws',
    () => {
      throw new Error('no lamp')
    },
    nt.STATUS_UNSUCCESSFUL,
    /threw: no lamp/,
  ],
  [
    'rejects with a status',
    () => Promise.reject(Object.assign(new Error('x'), { ntstatus: nt.STATUS_RETRY })),
    nt.STATUS_RETRY,
    /threw: x/,
  ],
]

describe.each(FAILURES)('a step that %s', (_how, outcome, ntstatus, message) => {
  it.each<[Step, Step[]]>([
    ['EvtDevicePrepareHardware', ['EvtDevicePrepareHardware', 'EvtDeviceReleaseHardware']],
    [
      'EvtDeviceD0Entry',
      ['EvtDevicePrepareHardware', 'EvtDeviceD0Entry', 'EvtDeviceReleaseHardware'],
    ],
  ])('%s: the start is unwound, and no request is presented', async (step, ran) => {
    const trace: unknown[][] = []
    const engine = new SteppedEngine()
    const { id } = await engine.addDeviceStopped(steps(trace, { [step]: outcome }))
    const requester = new Requester(engine)
    const started = engine.framework().startDevice(id)
    await expect(started).rejects.toMatchObject({ name: 'WdfStatusError', ntstatus })
    await expect(started).rejects.toThrow(message)
    await expect(started).rejects.toThrow(`${step} of device "device0"`)
    requester.reads(1)
    expect(names(trace)).toEqual(ran)
  })

  it('EvtDeviceReleaseHardware: the first failure is the one that is told', async () => {
    const trace: unknown[][] = []
    const engine = new SteppedEngine()
    const { id } = await engine.addDeviceStopped(
      steps(trace, {
        EvtDeviceD0Entry: outcome,
        EvtDeviceReleaseHardware: () => nt.STATUS_NOT_SUPPORTED,
      }),
    )
    await expect(engine.framework().startDevice(id)).rejects.toMatchObject({ ntstatus })
  })

  it.each<Step>(['EvtDeviceD0Exit', 'EvtDeviceReleaseHardware'])(
    '%s: every step of the stop runs, and the device is gone',
    async (step) => {
      const trace: unknown[][] = []
      const engine = new SteppedEngine()
      await engine.addDevice(steps(trace, { [step]: outcome }))
      const requester = new Requester(engine)
      trace.length = 0
      const stopped = engine.framework().stopDevice(0)
      await expect(stopped).rejects.toMatchObject({ ntstatus })
      expect(names(trace)).toEqual(['EvtDeviceD0Exit', 'EvtDeviceReleaseHardware'])
      expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_NO_SUCH_DEVICE]])
    },
  )
})

describe('stop', () => {
  it('closes the queues, leaves D0, releases the hardware', async () => {
    const trace: unknown[][] = []
    const engine = new SteppedEngine()
    const duringExit: [number, number][] = []
    await engine.addDevice(
      steps(trace, {
        EvtDeviceD0Exit() {
          duringExit.push(...statuses(requester.reads(1)))
        },
      }),
    )
    const requester = new Requester(engine)
    trace.length = 0
    await engine.framework().stopDevice(0)
    expect(trace).toEqual([
      ['EvtDeviceD0Exit', 'D3Final'],
      ['EvtDeviceReleaseHardware', []],
    ])
    expect(duringExit).toEqual([[1, nt.STATUS_INVALID_DEVICE_STATE]])
  })

  it('runs no callback on a worker that is not the home', async () => {
    const trace: unknown[][] = []
    const engine = new SteppedEngine({ workers: 2 })
    await engine.addDevice(steps(trace), { homeWorker: 1 })
    expect(names(trace)).toEqual(['EvtDevicePrepareHardware', 'EvtDeviceD0Entry'])
    await engine.framework(0).stopDevice(0)
    expect(trace).toHaveLength(2)
  })
})
