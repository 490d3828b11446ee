/**
 * Shared object: what a device has in common with its replicas on other workers, its place among its driver's
 * objects, and the locks it makes. Runs on: every worker that has a part of the device.
 */
import { STATUS_INVALID_PARAMETER } from '../abi/ntstatus.js'
import { WdfViolation } from '../dispatch/wdf-violation.js'
import { CallbackLock } from './callback-lock.js'
import {
  type ChildAttributes,
  FrameworkObject,
  type ObjectAttributes,
  type ObjectHandle,
} from './framework-object.js'
import { WdfStatusError } from './errors.js'
import type { LockOrder } from './lock-order.js'
import type { LockParty } from './lock-party.js'
import type { LockOptions } from './owned-lock.js'
import { parentFor } from './object-parent.js'
import { bindSharedContext, type SharedContext } from './shared-context.js'
import type { FieldDeclarations, SharedContextDeclaration } from './shared-context-declaration.js'
import { SpinLock } from './spin-lock.js'
import type { SynchronizationScope } from './synchronization-scope.js'
import { WaitLock } from './wait-lock.js'

interface BoundContext {
  readonly declaration: SharedContextDeclaration
  readonly object: object
}

interface LockedQueue {
  readonly synchronizationScope: SynchronizationScope
}

type LockAttributes<Lock> = Omit<LockOptions, 'party' | 'place'> & ChildAttributes<Lock>

export class SharedObject {
  readonly name: string
  /** Its place among the driver's objects: contexts, references, children. */
  readonly object: FrameworkObject<this>
  readonly synchronizationScope: SynchronizationScope
  /** @internal Memory of its shared context. */
  readonly sharedMemory: SharedArrayBuffer | undefined
  private readonly lockParty: LockParty
  private readonly shared: BoundContext | undefined
  private callbackLock: CallbackLock | undefined
  private readonly queueLocks = new WeakMap<LockedQueue, CallbackLock>()

  /** `memory`: where another worker laid the context out; made here without. */
  constructor(
    name: string,
    synchronizationScope: SynchronizationScope,
    lockParty: LockParty,
    declaration: SharedContextDeclaration | undefined,
    memory: SharedArrayBuffer | undefined,
    driver: FrameworkObject,
    attributes: ObjectAttributes<never>,
  ) {
    this.name = name
    const parent = parentFor('device', (attributes as ChildAttributes<never>).parent, driver)
    this.object = new FrameworkObject<this>('device', this, parent, attributes)
    this.synchronizationScope = synchronizationScope
    this.lockParty = lockParty
    if (declaration === undefined) return
    this.sharedMemory = memory ?? new SharedArrayBuffer(declaration.byteLength)
    const object = bindSharedContext(declaration, this.sharedMemory, 0, lockParty)
    this.shared = { declaration, object }
  }

  /**
   * The device's state in shared memory: the same on every worker. WdfObjectGetTypedContext.
   * @throws WdfStatusError STATUS_INVALID_PARAMETER for another declaration than createDevice was given.
   */
  getSharedContext<F extends FieldDeclarations>(
    declaration: SharedContextDeclaration<F>,
  ): SharedContext<F> {
    const { shared } = this
    if (shared === undefined || shared.declaration !== declaration) {
      throw new WdfStatusError(
        STATUS_INVALID_PARAMETER,
        `device "${this.name}" was created with ${shared === undefined ? 'no' : 'another'} shared context: ` +
          'give the same declaration to createDevice({ sharedContext }) and here',
        this.name,
      )
    }
    return shared.object as SharedContext<F>
  }

  /**
   * A spin lock of this worker; one between workers is a field of the shared context. Its parent is this device
   * unless another one is given. WdfSpinLockCreate.
   */
  createSpinLock(options: LockAttributes<SpinLock> = {}): SpinLock & ObjectHandle {
    return this.asObject('spinLock', new SpinLock({ ...options, party: this.lockParty }), options)
  }

  /** A wait lock of this worker, as createSpinLock. WdfWaitLockCreate. */
  createWaitLock(options: LockAttributes<WaitLock> = {}): WaitLock & ObjectHandle {
    return this.asObject('waitLock', new WaitLock({ ...options, party: this.lockParty }), options)
  }

  /**
   * Takes the callback lock of the device: no callback that it serializes runs until releaseLock. Its place
   * keeps that already, so this finds misuse and nothing else. WdfObjectAcquireLock.
   * @throws WdfViolation WDF_RECURSIVE_LOCK when it is held, WDF_INVALID_LOCK_OPERATION for a device without
   *   one (scope none).
   */
  acquireLock(): void {
    this.lockOfCallbacks().acquire()
  }

  /** WdfObjectReleaseLock. @throws WdfViolation WDF_INVALID_LOCK_OPERATION when it is not held. */
  releaseLock(): void {
    this.lockOfCallbacks().release()
  }

  /** @internal The callback lock of one of its queues. */
  lockOfQueue(queue: LockedQueue): CallbackLock {
    if (queue.synchronizationScope === 'device') return this.lockOfCallbacks()
    const { order } = this.lockParty
    const name = `callback lock of a queue of device "${this.name}"`
    if (queue.synchronizationScope !== 'queue') refuseLock(name, queue.synchronizationScope)
    let lock = this.queueLocks.get(queue)
    if (lock === undefined) {
      lock = newCallbackLock(name, 'queue', order)
      this.queueLocks.set(queue, lock)
    }
    return lock
  }

  /** A lock of a shared context is no object; one that a driver creates is. */
  private asObject<Lock extends SpinLock | WaitLock>(
    kind: 'spinLock' | 'waitLock',
    lock: Lock,
    options: LockAttributes<Lock>,
  ): Lock & ObjectHandle {
    const parent = parentFor(kind, options.parent, this.object)
    return Object.assign(lock, { object: new FrameworkObject(kind, lock, parent, options) })
  }

  private lockOfCallbacks(): CallbackLock {
    const name = `callback lock of device "${this.name}"`
    if (this.synchronizationScope !== 'device') refuseLock(name, this.synchronizationScope)
    this.callbackLock ??= newCallbackLock(name, 'device', this.lockParty.order)
    return this.callbackLock
  }
}

function newCallbackLock(
  name: string,
  level: 'device' | 'queue',
  order: LockOrder | undefined,
): CallbackLock {
  return new CallbackLock({ name, kind: 'spin', level, ...(order === undefined ? {} : { order }) })
}

function refuseLock(name: string, scope: SynchronizationScope): never {
  const message = `there is no ${name}: its synchronization scope is ${scope}`
  throw new WdfViolation('WDF_INVALID_LOCK_OPERATION', message, scope)
}
