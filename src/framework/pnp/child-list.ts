/**
 * Child list of a bus driver: which children the bus sees, which the system knows, and what follows from the
 * difference. A pure structure: it tells what is to be done and does nothing itself.
 * Runs on: the home worker of the bus driver's device. Source: WdfChildList…, WdfFdoAddStaticChild; kmdf.md 6.3.
 *
 *   (unknown) ── seen ──► new ── created ──► reported
 *                          │                    │
 *                          └─── not seen ───────┴──► missing ── removed ──► (unknown)
 *
 * `createDevice` is called on the way to new, `removeDevice` on the way to missing.
 * A child that comes back while its old device node is still being removed waits: two nodes never have one
 * identity. Dynamic lists are scanned (begin, one call for each child that is seen, end: who was not named is
 * missing) or told of single changes. Static children are added by the driver and go with the bus.
 */
import { STATUS_INVALID_PARAMETER } from '../../abi/ntstatus.js'
import { WdfStatusError } from '../errors.js'

/** What a bus driver knows of one child. */
export interface ChildDescription {
  /** Identity on this bus; two descriptions with one identity are one child. */
  readonly id: string
  /** What the child is: an address, a serial number. Handed to the one who creates the device node. */
  readonly address?: unknown
  /** URL of the function driver above the bus driver's level; without one that level is all there is. */
  readonly driver?: URL | string
  /** For both drivers: `deviceInit.parameters`. */
  readonly parameters?: Readonly<Record<string, unknown>>
}

/** `new`: seen, no device node yet. `reported`: has one. `missing`: has one, and was unplugged. */
export type ChildState = 'new' | 'reported' | 'missing'

/** Told when a device node has to come or go. They may answer later through `created` and `removed`. */
export interface ChildListEvents {
  createDevice(child: ChildDescription): void
  removeDevice(child: ChildDescription): void
}

interface Child {
  description: ChildDescription
  state: ChildState
  isStatic: boolean
  /** The same identity was plugged in again before the old node had gone. */
  successor: ChildDescription | undefined
  seen: boolean
}

export class ChildList {
  readonly #events: ChildListEvents
  readonly #children = new Map<string, Child>()
  #isScanning = false

  constructor(events: ChildListEvents) {
    this.#events = events
  }

  /** Children in a state, or all, in the order in which they were first seen. */
  list(state?: ChildState): ChildDescription[] {
    return [...this.#children.values()]
      .filter((child) => state === undefined || child.state === state)
      .map((child) => child.description)
  }

  /** What is known of a child. */
  find(id: string): ChildDescription | undefined {
    return this.#children.get(id)?.description
  }

  stateOf(id: string): ChildState | undefined {
    return this.#children.get(id)?.state
  }

  /** True while a child is plugged in; false once it was found missing. */
  isPresent(id: string): boolean {
    const state = this.stateOf(id)
    return state === 'new' || state === 'reported'
  }

  /** WdfChildListBeginScan: from now on each child that is there is named by `addOrUpdate`. */
  beginScan(): void {
    if (this.#isScanning) refuse('a scan has begun already: call endScan first', undefined)
    this.#isScanning = true
    for (const child of this.#children.values()) child.seen = child.isStatic
  }

  /** WdfChildListEndScan: whoever was not named is missing. */
  endScan(): void {
    if (!this.#isScanning) refuse('no scan has begun: call beginScan first', undefined)
    this.#isScanning = false
    for (const child of Array.from(this.#children.values())) {
      if (!child.seen) this.#markMissing(child)
    }
  }

  /** A whole scan: these children are there, and no others. */
  scan(present: Iterable<ChildDescription>): void {
    this.beginScan()
    try {
      for (const description of present) this.addOrUpdate(description)
    } finally {
      this.endScan()
    }
  }

  /** WdfChildListAddOrUpdateChildDescriptionAsPresent. */
  addOrUpdate(description: ChildDescription): void {
    this.#add(description, false)
  }

  /** WdfFdoAddStaticChild: scans do not touch it. */
  addStatic(description: ChildDescription): void {
    this.#add(description, true)
  }

  /** WdfChildListUpdateChildDescriptionAsMissing. False when there is no such child. */
  markMissing(id: string): boolean {
    const child = this.#children.get(id)
    if (child === undefined) return false
    // One that came back while its old node was going may go again.
    const wasThere = child.state !== 'missing' || child.successor !== undefined
    this.#markMissing(child)
    return wasThere
  }

  /** WdfChildListUpdateAllChildDescriptionsAsPresent. */
  markAllPresent(): void {
    for (const child of Array.from(this.#children.values())) {
      child.seen = true
      if (child.state === 'missing') child.successor ??= child.description
    }
  }

  /** The device node of a child exists. */
  created(id: string): void {
    const child = this.#children.get(id)
    if (child === undefined) return
    if (child.state === 'new') child.state = 'reported'
  }

  /** The device node of a missing child has gone. One that was plugged in again meanwhile gets a new node. */
  removed(id: string): void {
    const child = this.#children.get(id)
    if (child?.state !== 'missing') return
    this.#children.delete(id)
    if (child.successor !== undefined) this.#add(child.successor, child.isStatic)
  }

  /** The bus has gone: every child is missing. */
  markAllMissing(): void {
    for (const child of Array.from(this.#children.values())) {
      child.successor = undefined
      if (child.state !== 'missing') this.#markMissing(child)
    }
  }

  #add(description: ChildDescription, isStatic: boolean): void {
    if (typeof description?.id !== 'string' || description.id === '') {
      refuse('a child needs an id: a text that tells it from its siblings', description?.id)
    }
    const known = this.#children.get(description.id)
    if (known === undefined) {
      const child: Child = {
        description,
        state: 'new',
        isStatic,
        successor: undefined,
        seen: true,
      }
      this.#children.set(description.id, child)
      this.#events.createDevice(description)
      return
    }
    known.seen = true
    if (known.state === 'missing') known.successor = description
    else known.description = description
  }

  #markMissing(child: Child): void {
    child.successor = undefined
    if (child.state === 'missing') return
    child.state = 'missing'
    this.#events.removeDevice(child.description)
  }
}

function refuse(message: string, value: unknown): never {
  throw new WdfStatusError(STATUS_INVALID_PARAMETER, message, value)
}
