/**
 * Contexts of one Framework object: a driver's state for it, by type, each type at most once.
 * Runs on: worker. Source: WdfObjectAllocateContext, WdfObjectGetTypedContext; kmdf.md 7.2.
 *
 * Invariants: the context of the attributes comes first, the others in the order in which they were allocated; all
 * are there until the last EvtDestroy has returned.
 */
import type { ContextType } from './context-type.js'

/** Callbacks for the end of an object, or of one context of it. */
export interface EndCallbacks<Of> {
  /** The object is being deleted: let go of what else you hold. Called before its parent's. */
  EvtCleanup?(of: Of): void
  /** Nobody holds it any more. */
  EvtDestroy?(of: Of): void
}

interface Entry {
  readonly type: ContextType
  readonly callbacks: EndCallbacks<object>
  context: object
}

export class ObjectContexts {
  #entries: Entry[] = []

  find(type: ContextType): object | null {
    for (const entry of this.#entries) if (entry.type === type) return entry.context
    return null
  }

  /** The type is not there yet. */
  add<Context extends object>(
    type: ContextType<Context>,
    callbacks: EndCallbacks<Context>,
  ): Context {
    const context = type.create()
    this.#entries.push({ type, callbacks, context })
    return context
  }

  /** Calls one callback of every context that has it. */
  tell(name: 'EvtCleanup' | 'EvtDestroy', threw: (error: unknown) => void): void {
    for (const { callbacks, context } of this.#entries) {
      try {
        callbacks[name]?.(context)
      } catch (error) {
        threw(error)
      }
    }
  }

  /** The last EvtDestroy has returned. One of type `kept` stays for the next use of the object, empty again. */
  clear(kept: ContextType | undefined): void {
    const [first] = this.#entries
    if (first === undefined || first.type !== kept || kept.reset === undefined) {
      this.#entries = []
      return
    }
    this.#entries.length = 1
    kept.reset(first.context)
  }

  /** A new use of the object begins, with a context of that type. */
  begin(type: ContextType | undefined): void {
    if (this.#entries.length !== 0 && this.#entries[0]?.type === type) return
    this.#entries = []
    if (type !== undefined) this.add(type, {})
  }
}
