/**
 * Scenarios of a device's life, for the trace. Runs on: the thread that traces.
 */
import { isSuccess, STATUS_UNSUCCESSFUL } from '../../abi/ntstatus.js'
import type { ManualClock } from './clock.js'
import type { DeviceCallbackName } from './device-callbacks.js'
import type { DevicePnp } from './device-pnp.js'

/** What a scenario works with. */
export interface ScenarioStage {
  readonly pnp: DevicePnp
  readonly clock: ManualClock
  /** Writes a line of its own. */
  note(text: string): void
  /** Waits until no callback is under way. */
  settle(): Promise<void>
}

export interface PnpScenario {
  readonly summary: string
  /** Callbacks that fail in it. */
  readonly fail?: Readonly<Partial<Record<DeviceCallbackName, number>>>
  run(stage: ScenarioStage): Promise<void>
}

const IDLE_MS = 5000

async function started({ pnp }: ScenarioStage): Promise<void> {
  await pnp.start()
}

async function idled(stage: ScenarioStage, wakeFromS0Capable: boolean): Promise<void> {
  await started(stage)
  stage.pnp.assignS0IdleSettings({ idleTimeoutMs: IDLE_MS, wakeFromS0Capable })
  await stage.settle()
  stage.note(`nobody uses the device for ${IDLE_MS} ms`)
  stage.clock.advance(IDLE_MS)
  await stage.settle()
}

async function ioArrives(stage: ScenarioStage): Promise<void> {
  stage.note('a request arrives')
  const status = await stage.pnp.powerReferenceAndWait()
  await stage.settle()
  stage.note(isSuccess(status) ? 'the request ends' : 'the request fails: no D0 for it')
  if (isSuccess(status)) stage.pnp.powerDereference()
}

async function slept(stage: ScenarioStage): Promise<void> {
  stage.note('the system goes to sleep (S3)')
  await stage.pnp.setSystemPower('S3')
  await stage.settle()
}

async function woke(stage: ScenarioStage): Promise<void> {
  stage.note('the system wakes (S0)')
  await stage.pnp.setSystemPower('S0')
  await stage.settle()
}

/** A scenario in which one callback of the start fails. */
function failingStart(summary: string, name: DeviceCallbackName): PnpScenario {
  return { summary, fail: { [name]: STATUS_UNSUCCESSFUL }, run: started }
}

export type ScenarioName =
  | 'start'
  | 'stop'
  | 'rebalance'
  | 'query-stop-cancel'
  | 'query-remove-cancel'
  | 'query-remove'
  | 'surprise-removal'
  | 'restart'
  | 'idle'
  | 'wake'
  | 'suspend-resume'
  | 'suspend-wake'
  | 'idle-suspend'
  | 'failing-prepare-hardware'
  | 'failing-d0-entry'
  | 'failing-post-interrupts'
  | 'failing-post-hardware'
  | 'failing-self-managed-io'
  | 'failing-d0-exit'

export const PNP_SCENARIOS: Readonly<Record<ScenarioName, PnpScenario>> = {
  start: { summary: 'the device is started', run: started },
  stop: {
    summary: 'started, then removed in order',
    async run(stage) {
      await started(stage)
      await stage.pnp.remove()
    },
  },
  rebalance: {
    summary: 'stopped, so that its resources can change, and started again',
    async run(stage) {
      await started(stage)
      await stage.pnp.queryStop()
      await stage.pnp.stop()
      await stage.pnp.start()
    },
  },
  'query-stop-cancel': {
    summary: 'asked whether it may be stopped, which is then called off',
    async run(stage) {
      await started(stage)
      await stage.pnp.queryStop()
      await stage.pnp.cancelStop()
    },
  },
  'query-remove-cancel': {
    summary: 'asked whether it may be removed, which is then called off',
    async run(stage) {
      await started(stage)
      await stage.pnp.queryRemove()
      await stage.pnp.cancelRemove()
    },
  },
  'query-remove': {
    summary: 'asked whether it may be removed, then removed',
    async run(stage) {
      await started(stage)
      await stage.pnp.queryRemove()
      await stage.pnp.remove()
    },
  },
  'surprise-removal': {
    summary: 'pulled out while it runs',
    async run(stage) {
      await started(stage)
      await stage.pnp.surpriseRemove()
      await stage.pnp.remove()
    },
  },
  restart: {
    summary: 'started again while it runs',
    async run(stage) {
      await started(stage)
      await stage.pnp.start()
    },
  },
  idle: {
    summary: 'left alone until it powers down, then used again; it cannot wake itself',
    async run(stage) {
      await idled(stage, false)
      await ioArrives(stage)
    },
  },
  wake: {
    summary: 'left alone until it powers down, then wakes itself',
    async run(stage) {
      await idled(stage, true)
      stage.note('the device signals wake')
      stage.pnp.signalWake()
      await stage.settle()
    },
  },
  'suspend-resume': {
    summary: 'the system sleeps and wakes',
    async run(stage) {
      await started(stage)
      await slept(stage)
      await woke(stage)
    },
  },
  'suspend-wake': {
    summary: 'the system sleeps and is woken by the device',
    async run(stage) {
      await started(stage)
      stage.pnp.assignSxWakeSettings({})
      await slept(stage)
      stage.note('the device signals wake')
      stage.pnp.signalWake()
      await woke(stage)
    },
  },
  'idle-suspend': {
    summary: 'the system sleeps while the device idles, armed for wake',
    async run(stage) {
      await idled(stage, true)
      await slept(stage)
      await woke(stage)
    },
  },
  'failing-prepare-hardware': failingStart(
    'EvtDevicePrepareHardware fails',
    'EvtDevicePrepareHardware',
  ),
  'failing-d0-entry': failingStart('EvtDeviceD0Entry fails', 'EvtDeviceD0Entry'),
  'failing-post-interrupts': failingStart(
    'EvtDeviceD0EntryPostInterruptsEnabled fails',
    'EvtDeviceD0EntryPostInterruptsEnabled',
  ),
  'failing-post-hardware': failingStart(
    'EvtDeviceD0EntryPostHardwareEnabled fails',
    'EvtDeviceD0EntryPostHardwareEnabled',
  ),
  'failing-self-managed-io': failingStart(
    'EvtDeviceSelfManagedIoInit fails',
    'EvtDeviceSelfManagedIoInit',
  ),
  'failing-d0-exit': {
    summary: 'EvtDeviceD0Exit fails when the device goes idle',
    fail: { EvtDeviceD0Exit: STATUS_UNSUCCESSFUL },
    run: (stage) => idled(stage, false),
  },
}
