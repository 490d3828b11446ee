/**
 * Framework object: what every object of the Framework has in common, whatever it is: a parent and children,
 * references, contexts, and an end in a fixed order. It is the `object` of a device, a queue, a timer and so on
 * (`timer.object.delete()`). Runs on: the worker of its handle. Source: FxObject; kmdf.md 7.1, 7.2.
 *
 *   created ──delete──► disposing ──► disposed ──last reference──► destroyed
 *                 children first, then      memory goes after EvtDestroy
 *                 itself, then EvtCleanup
 *
 * Invariants: the cleanup callbacks of a whole subtree come before that of its root; EvtDestroy comes when the last
 * reference goes, whatever the tree looks like. From `disposing` on there are no new children. A handle works until
 * EvtDestroy has returned. What waits for its own callbacks (a timer, a work item) goes at PASSIVE_LEVEL: a deletion
 * from above is carried out in the passive part of the turn.
 */
import {
  STATUS_DELETE_PENDING,
  STATUS_OBJECT_NAME_EXISTS,
  STATUS_SUCCESS,
  STATUS_WDF_PARENT_ALREADY_ASSIGNED,
  STATUS_WDF_PARENT_IS_SELF,
} from '../abi/ntstatus.js'
import { WdfViolation } from '../dispatch/wdf-violation.js'
import type { ContextType } from './context-type.js'
import { WdfStatusError } from './errors.js'
import { type EndCallbacks, ObjectContexts } from './object-contexts.js'
import { OBJECT_KINDS, type ObjectKind } from './object-kinds.js'
import { ObjectReferences, type TaggedReferences } from './object-references.js'
import { captureSite, type Site, siteText } from './object-site.js'
import { runSteps } from './pnp/host-call.js'
import { isThenable, type Steps } from './pnp/state-machine.js'

export type ObjectState = 'created' | 'disposing' | 'disposed' | 'destroyed'

/** Whatever is a Framework object. */
export interface ObjectHandle {
  readonly object: FrameworkObject
}

/** WDF_OBJECT_ATTRIBUTES, without scope and level. */
export interface ObjectAttributes<Handle> extends EndCallbacks<Handle> {
  /** A first context, made with the object. */
  readonly contextType?: ContextType
}

/** Attributes of an object whose parent may be chosen. */
export interface ChildAttributes<Handle> extends ObjectAttributes<Handle> {
  readonly parent?: ObjectHandle
}

/** What the core asks of the object that it belongs to. */
interface Body {
  /** Comes to rest: no callback of it runs afterwards. `root`: the object whose deletion this is. */
  dispose?(root: FrameworkObject): unknown
  /** The last reference has gone. */
  destroyed?(): void
  /** Why its driver may not delete it; throws for a violation of its own. */
  whyNotDeletable?(): string | undefined
  /** It waits for its own callbacks, other than its kind does. */
  readonly waits?: boolean
}

/** What objects tell and ask their Framework. */
export interface ObjectReports {
  /** EvtCleanup or EvtDestroy threw. */
  fault(object: FrameworkObject, callback: string, error: unknown): void
  /** Runs now, or at PASSIVE_LEVEL when this is above it. */
  atPassive(action: () => void): void
  /** A deletion waits: the event loop must run until then. */
  waiting(deletion: Promise<void>): void
}

const NO_ATTRIBUTES = {}

export class FrameworkObject<Handle extends object = object> {
  readonly kind: ObjectKind
  readonly handle: Handle
  readonly reports: ObjectReports
  /** The device or driver that it belongs to; itself, if it is one. */
  readonly home: FrameworkObject
  state: ObjectState = 'created'
  private parentObject: FrameworkObject | null = null
  private children: Set<FrameworkObject> | null = null
  private readonly references = new ObjectReferences()
  private contexts: ObjectContexts | null = null
  private attributes: ObjectAttributes<Handle>
  private isDeleted = false
  /** Its deletion, while that waits for something. */
  private deletion: Promise<void> | null = null
  private readonly site: Site | null
  /** Of a device or driver: what was deleted and is still referenced. */
  private kept: Set<FrameworkObject> | null = null

  /**
   * @internal Without a parent it is a root, and needs reports.
   * @throws WdfStatusError STATUS_DELETE_PENDING under a parent that is being deleted.
   */
  constructor(
    kind: ObjectKind,
    handle: Handle,
    parent: FrameworkObject | null,
    attributes: ObjectAttributes<Handle> = NO_ATTRIBUTES,
    reports: ObjectReports = parent === null ? UNREPORTED : parent.reports,
  ) {
    this.kind = kind
    this.handle = handle
    this.reports = reports
    this.attributes = attributes
    this.home = kind === 'device' || parent === null ? this : parent.home
    this.site = ofFramework(kind) ? null : captureSite()
    if (parent !== null) this.assignParent(parent)
    if (attributes.contextType !== undefined) this.useContexts().begin(attributes.contextType)
  }

  /** WdfObjectGetParent..., null for a root. */
  get parent(): FrameworkObject | null {
    return this.parentObject
  }

  /** How many references there are: its own, until it is deleted, and those that were added. */
  get referenceCount(): number {
    return this.references.count
  }

  /** Where its driver created it, `file:///…/driver.js:12:7`. */
  get created(): string {
    return this.site === null ? 'unknown' : siteText(this.site)
  }

  /** References that its driver added and has not taken back, by tag. */
  get heldBy(): TaggedReferences[] {
    return this.references.byTag()
  }

  /** True for `ancestor` itself, and for everything below it. */
  isBelow(ancestor: FrameworkObject): boolean {
    if (ancestor === (this as FrameworkObject)) return true
    return this.parentObject !== null && this.parentObject.isBelow(ancestor)
  }

  /**
   * Keeps the handle and its contexts valid after a deletion. The tag is in leak reports. WdfObjectReferenceWithTag.
   * @throws WdfViolation WDF_INVALID_HANDLE when it is destroyed.
   */
  reference(tag = ''): void {
    this.checkHandle('reference')
    this.references.add(tag)
  }

  /**
   * Takes a reference with that tag back. The last one of a deleted object destroys it. WdfObjectDereferenceWithTag.
   * @throws WdfViolation WDF_OBJECT_ERROR without such a reference, WDF_INVALID_HANDLE when it is destroyed.
   */
  dereference(tag = ''): void {
    this.checkHandle('dereference')
    if (!this.references.remove(tag)) {
      const shown = tag === '' ? 'a reference' : `a reference with tag ${JSON.stringify(tag)}`
      this.violate('WDF_OBJECT_ERROR', `dereferenced without ${shown} (reference it first)`)
    }
    if (this.references.count === 0) this.destroy()
  }

  /**
   * Deletes it and everything below it: children's EvtCleanup before its own, EvtDestroy when nobody references it.
   * WdfObjectDelete.
   * @throws WdfViolation WDF_OBJECT_ERROR for an object that the Framework deletes, or a second time;
   *   WDF_INVALID_HANDLE when it is destroyed.
   */
  delete(): void {
    this.checkHandle('delete')
    if (this.isDeleted) this.violate('WDF_OBJECT_ERROR', 'deleted twice (delete it once)')
    const { isDeletable } = OBJECT_KINDS[this.kind]
    const body = this.handle as Body
    const why = isDeletable ? body.whyNotDeletable?.() : 'the Framework deletes it'
    if (why !== undefined) this.violate('WDF_OBJECT_ERROR', `not the driver's to delete: ${why}`)
    this.isDeleted = true
    if (this.waitsBelow()) this.reports.atPassive(() => void this.finish())
    else void this.finish()
  }

  /**
   * Adds a context of another type. WdfObjectAllocateContext.
   * @returns the new one with STATUS_SUCCESS, or the one of that type that is there with STATUS_OBJECT_NAME_EXISTS.
   * @throws WdfStatusError STATUS_DELETE_PENDING when it is being deleted; WdfViolation WDF_INVALID_HANDLE.
   */
  allocateContext<Context extends object>(
    type: ContextType<Context>,
    callbacks: EndCallbacks<Context> = {},
  ): { readonly status: number; readonly context: Context } {
    this.checkHandle('allocateContext')
    const known = this.getTypedContext(type)
    if (known !== null) return { status: STATUS_OBJECT_NAME_EXISTS, context: known }
    this.checkUsable(`context "${type.name}"`)
    return { status: STATUS_SUCCESS, context: this.useContexts().add(type, callbacks) }
  }

  /**
   * Its context of that type, null without one. WdfObjectGetTypedContext.
   * @throws WdfViolation WDF_INVALID_HANDLE when it is destroyed.
   */
  getTypedContext<Context extends object>(type: ContextType<Context>): Context | null {
    this.checkHandle('getTypedContext')
    return this.contexts === null ? null : (this.contexts.find(type) as Context | null)
  }

  /**
   * @internal Once, before anything else.
   * @throws WdfStatusError STATUS_WDF_PARENT_IS_SELF, STATUS_WDF_PARENT_ALREADY_ASSIGNED, STATUS_DELETE_PENDING.
   */
  assignParent(parent: FrameworkObject): void {
    if (parent === (this as FrameworkObject)) {
      refuse(STATUS_WDF_PARENT_IS_SELF, `a ${this.title} cannot be its own parent`)
    }
    if (this.parentObject !== null) {
      refuse(STATUS_WDF_PARENT_ALREADY_ASSIGNED, `the ${this.title} has a parent already`)
    }
    parent.checkUsable(`a new ${this.title}`)
    parent.children ??= new Set()
    parent.children.add(this)
    this.parentObject = parent
  }

  /** @internal The Framework deletes it; does nothing for one that is deleted already. */
  deleteByFramework(): void | Promise<void> {
    this.isDeleted = true
    return this.finish()
  }

  /** @internal Of a device or driver that has gone: what is still referenced. */
  get leaks(): FrameworkObject[] {
    return [...(this.kept ?? [])]
  }

  /** @internal A request that ends: everything up to its EvtCleanup; `release` follows. */
  dispose(): void | Promise<void> {
    this.isDeleted = true
    return runSteps(this.disposal(this))
  }

  /** @internal The object that was disposed, and those below it, lose their own references. */
  release(): void {
    for (const child of this.children ?? []) child.release()
    this.children = null
    this.isDeleted = true
    this.references.dropOwn()
    if (this.references.count === 0) this.destroy()
    else {
      this.home.kept ??= new Set()
      this.home.kept.add(this)
    }
  }

  /** @internal A request's object that is destroyed stands for the next request. */
  renew(attributes: ObjectAttributes<Handle> = NO_ATTRIBUTES): void {
    this.attributes = attributes
    this.state = 'created'
    this.isDeleted = false
    this.deletion = null
    this.references.begin()
    const { contextType } = attributes
    if (this.contexts !== null) this.contexts.begin(contextType)
    else if (contextType !== undefined) this.useContexts().begin(contextType)
  }

  /** What it is, in messages. */
  get title(): string {
    const { name } = this.handle as { readonly name?: unknown }
    const { title } = OBJECT_KINDS[this.kind]
    return typeof name === 'string' && name !== '' ? `${title} "${name}"` : title
  }

  private finish(): void | Promise<void> {
    // Begun with an ancestor's deletion, which releases it, too; or its own.
    if (this.state !== 'created') return this.deletion ?? undefined
    const done = runSteps(this.deletionSteps())
    if (isThenable(done)) {
      this.deletion = done
      this.reports.waiting(done)
    }
    return done
  }

  private *deletionSteps(): Steps<void> {
    yield* this.disposal(this)
    this.parentObject?.children?.delete(this)
    this.release()
  }

  private *disposal(root: FrameworkObject): Steps<void> {
    if (this.state !== 'created') {
      if (this.deletion !== null) yield this.deletion
      return
    }
    this.state = 'disposing'
    for (const child of this.children ?? []) yield* child.disposal(root)
    try {
      const resting = (this.handle as Body).dispose?.(root)
      if (isThenable(resting)) yield resting
    } catch (error) {
      this.reports.fault(this, `the end of a ${this.title}`, error)
    }
    this.tell('EvtCleanup')
    this.state = 'disposed'
  }

  private destroy(): void {
    this.home.kept?.delete(this)
    this.tell('EvtDestroy')
    this.contexts?.clear(this.attributes.contextType)
    this.state = 'destroyed'
    ;(this.handle as Body).destroyed?.()
  }

  private tell(name: 'EvtCleanup' | 'EvtDestroy'): void {
    const threw = (error: unknown): void =>
      this.reports.fault(this, `${name} of a ${this.title}`, error)
    try {
      this.attributes[name]?.(this.handle)
    } catch (error) {
      threw(error)
    }
    this.contexts?.tell(name, threw)
  }

  private waitsBelow(): boolean {
    if ((this.handle as Body).waits ?? OBJECT_KINDS[this.kind].waits) return true
    for (const child of this.children ?? []) if (child.waitsBelow()) return true
    return false
  }

  private useContexts(): ObjectContexts {
    this.contexts ??= new ObjectContexts()
    return this.contexts
  }

  /** @internal @throws WdfStatusError STATUS_DELETE_PENDING: `what` comes too late. */
  checkUsable(what: string): void {
    if (this.state === 'created' && !this.isDeleted) return
    refuse(STATUS_DELETE_PENDING, `${what} comes too late: the ${this.title} is being deleted`)
  }

  private checkHandle(call: string): void {
    if (this.state === 'destroyed') {
      this.violate('WDF_INVALID_HANDLE', `${call} of a handle whose object is destroyed`)
    }
  }

  private violate(code: 'WDF_OBJECT_ERROR' | 'WDF_INVALID_HANDLE', what: string): never {
    throw new WdfViolation(code, `${this.title}: ${what}`, this.kind)
  }
}

/** Nobody's line made it: it comes with a request, many times a second. */
function ofFramework(kind: ObjectKind): boolean {
  return kind === 'request' || kind === 'requestMemory' || kind === 'file'
}

function refuse(status: number, message: string): never {
  throw new WdfStatusError(status, message, 'parent')
}

/** Of an object that stands alone: nobody to tell, nothing above PASSIVE_LEVEL. */
const UNREPORTED: ObjectReports = {
  fault: (_object, _callback, error) => {
    throw error
  },
  atPassive: (action) => action(),
  waiting: () => {},
}
