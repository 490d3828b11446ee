/**
 * Violation report: what the verifier tells about a rule that a driver broke, and the verifier's settings.
 * Plain data, from a worker to main. Runs on: both sides. Types only.
 */

/** One thing that happened to a request, oldest first in a report. */
export interface RequestEvent {
  /** `presented to EvtIoRead`, `markCancelable`, `complete(STATUS_SUCCESS)`, … */
  readonly what: string
  /** `file:line:column` of the driver's frame; empty for what the Framework did. */
  readonly site: string
  /** Milliseconds since the request was first seen by its driver. */
  readonly afterMs: number
}

/** The request that a violation is about. */
export interface ReportedRequest {
  readonly channel: number
  readonly slot: number
  /** IRP_MJ_… */
  readonly majorFunction: number
  /** A driver made it (device.createRequest). */
  readonly isDriverCreated: boolean
}

/** A rule of KMDF's that a driver broke. */
export interface ViolationReport {
  /** Name of the rule, `DoubleCompletion`. `VERIFIER_RULES` has them all. */
  readonly rule: string
  /** What the rule says, in one sentence. */
  readonly explanation: string
  /** What the driver did. */
  readonly message: string
  /** What to do. */
  readonly advice: string
  /** URL of the driver's module. */
  readonly driver: string
  readonly device: string
  readonly worker: number
  /** The driver's callback that did it; `no callback` when it was found afterwards. */
  readonly callback: string
  /** `file:line:column` of the driver's call; empty when there was none. */
  readonly site: string
  readonly request: ReportedRequest | null
  readonly history: readonly RequestEvent[]
}

/** `report`: tell, and go on. `throw`: also throw a WdfViolation at the call. `failDevice`: also stop the device. */
export type ViolationAction = 'report' | 'throw' | 'failDevice'

/** Which allocations fail. */
export interface AllocationFailures {
  readonly seed: number
  /** From 0 to 1, for each allocation. */
  readonly probability: number
  /** So many succeed first, per worker. */
  readonly after: number
}

/** Where calls into the Framework take longer. */
export interface ForcedDelays {
  readonly seed: number
  readonly probability: number
  /** Longest delay, in microseconds. */
  readonly maxMicroseconds: number
}

/** Which requests that are sent to a device of the same worker come back later, and not before `send` returns. */
export interface ForcePending {
  readonly seed: number
  readonly probability: number
}

/** Checked options of the verifier. */
export interface VerifierSettings {
  /** Names of the rules that are reported; null: all. */
  readonly rules: readonly string[] | null
  readonly onViolation: ViolationAction
  readonly allocationFailures: AllocationFailures | null
  readonly forcedDelays: ForcedDelays | null
  readonly forcePending: ForcePending | null
  /** How long a driver without EvtIoStop may keep a device from going down. */
  readonly stopPatienceMs: number
}

/** What the verifier of one worker has done. */
export interface VerifierSummary {
  /** Callbacks of drivers that it watched. */
  readonly callbacks: number
  /** Calls of drivers into the Framework that it checked. */
  readonly calls: number
  /** Violations told, each rule, device and call site once. */
  readonly told: number
  /** All of them. */
  readonly violations: number
  readonly allocations: number
  readonly failedAllocations: number
  readonly delays: number
  /** Requests that were made to come back later. */
  readonly pended: number
}
