/**
 * Cases: locks and levels. Runs on: the test's own thread.
 */
import { STATUS_SUCCESS } from '../../src/abi/ntstatus.js'
import type { Device } from '../../src/framework/device.js'
import type { Interrupt } from '../../src/framework/interrupt.js'
import type { Request } from '../../src/framework/request.js'
import type { CaseDriver } from './bench.js'
import { rule, type VerifierCase } from './case.js'
import { attempt, defaultQueue } from './cases-completing.js'

interface Lock {
  acquire(): unknown
  release(): void
}

/** A driver with a lock that its reads use. */
function locking(make: (device: Device) => Lock, use: (lock: Lock) => void): CaseDriver {
  return {
    build(device) {
      const lock = make(device)
      device.createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        synchronizationScope: 'none',
        executionLevel: 'passive',
        EvtIoRead(_queue, request: Request) {
          use(lock)
          request.complete(STATUS_SUCCESS)
        },
      })
    },
  }
}

function lockOf(interrupt: Interrupt): Lock {
  return {
    acquire: () => interrupt.acquireLock(),
    release: () => interrupt.releaseLock(),
  }
}

const KINDS: readonly (readonly [
  turns: string,
  release: string,
  make: (device: Device) => Lock,
])[] = [
  ['WdfSpinlock', 'WdfSpinLockRelease', (device) => device.createSpinLock()],
  ['WdfWaitlock', 'WdfWaitlockRelease', (device) => device.createWaitLock()],
  [
    'WdfInterruptLock',
    'WdfInterruptLockRelease',
    (device) => lockOf(device.hardware.createInterrupt({ EvtInterruptIsr: () => true })),
  ],
]

export const LOCKS: readonly VerifierCase[] = [
  ...KINDS.flatMap(([turns, release, make]) => [
    rule(turns, (isBad) =>
      locking(make, (lock) => {
        lock.acquire()
        if (isBad) attempt(() => lock.acquire())
        lock.release()
      }),
    ),
    rule(release, (isBad) =>
      locking(make, (lock) => {
        lock.acquire()
        if (!isBad) lock.release()
      }),
    ),
  ]),
  rule('KmdfIrql', (isBad) => ({
    build(device) {
      const lock = device.createWaitLock()
      const take = (): void => {
        lock.acquire()
        lock.release()
      }
      const workItem = device.hardware.createWorkItem({
        parent: device,
        automaticSerialization: false,
        EvtWorkItemFunc: take,
      })
      const dpc = device.hardware.createDpc({
        parent: device,
        EvtDpcFunc: isBad ? take : () => workItem.enqueue(),
      })
      defaultQueue(device, {
        EvtIoRead(_queue, request) {
          dpc.enqueue()
          request.complete(STATUS_SUCCESS)
        },
      })
    },
    async drive(bench) {
      bench.read()
      await bench.turns()
    },
  })),
  rule('KmdfIrql2', (isBad) => ({
    build(device) {
      const lock = device.createWaitLock()
      device.createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        synchronizationScope: 'none',
        executionLevel: isBad ? 'dispatch' : 'passive',
        EvtIoRead(_queue, request) {
          lock.run(() => STATUS_SUCCESS)
          request.complete(STATUS_SUCCESS)
        },
      })
    },
  })),
]
