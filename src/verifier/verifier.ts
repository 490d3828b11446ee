/**
 * Verifier: stands between the Framework of one worker and its drivers, as KMDF Verifier does: it wraps the driver's
 * callbacks, gives it requests that know whose they are, and looks at every call. Off, it is not even loaded.
 * Runs on: worker. Source: wdf/using-kmdf-verifier.md, devtest/kmdf-*.md.
 */
import { WdfViolation } from '../dispatch/wdf-violation.js'
import type { DriverConfig } from '../framework/driver.js'
import type { VerifierSettings, VerifierSummary, ViolationReport } from '../irp/violation-report.js'
import { currentActivation } from './activation.js'
import { callSite } from './call-site.js'
import { Callbacks } from './callbacks.js'
import { Injection } from './injection.js'
import { reportLeaks } from './leaks.js'
import { RequestBooks } from './request-books.js'
import type { RequestUse } from './request-use.js'
import { VERIFIER_RULES } from './rules.js'
import { VerifiedLockOrder } from './verified-lock-order.js'
import { watchDriver } from './watch-driver.js'
import type { WatchedDevice } from './watched-device.js'

/** What a violation is about, where it is not the callback that runs. */
export interface Subject {
  readonly watched?: WatchedDevice
  readonly use?: RequestUse
  readonly site?: string
  /** Found when the call was over: there is nobody to throw to. */
  readonly isLate?: boolean
}

export class Verifier {
  readonly settings: VerifierSettings
  readonly worker: number
  readonly injection: Injection
  readonly requests: RequestBooks
  readonly callbacks: Callbacks
  readonly lockOrder: VerifiedLockOrder
  /** Calls of drivers into the Framework. */
  calls = 0
  #violations = 0
  readonly #told = new Set<string>()
  readonly #tell: (report: ViolationReport) => void
  readonly #devices = new Set<WatchedDevice>()

  constructor(settings: VerifierSettings, worker: number, tell: (report: ViolationReport) => void) {
    this.settings = settings
    this.worker = worker
    this.#tell = tell
    this.injection = new Injection(settings, worker)
    this.requests = new RequestBooks(this)
    this.callbacks = new Callbacks(this)
    this.lockOrder = new VerifiedLockOrder(this)
  }

  /** The driver, watched. */
  verify(config: DriverConfig, url: string): DriverConfig {
    return watchDriver(this, config, url)
  }

  watch(watched: WatchedDevice): void {
    this.#devices.add(watched)
  }

  /** The device of that number, with the levels below it, has gone: tells what its drivers left behind. */
  deviceRemoved(id: number): void {
    const top = [...this.#devices].find(({ device }) => device?.id === id)
    for (let device = top?.device ?? null; device !== null; device = device.lower) {
      const level = device
      for (const watched of this.#devices) {
        if (watched.device !== level) continue
        this.#devices.delete(watched)
        reportLeaks(this, watched)
      }
    }
  }

  /** A call of a driver's: counted, and perhaps delayed. */
  enter(): void {
    this.calls++
    this.injection.delay()
  }

  /**
   * A driver broke a rule.
   * @throws WdfViolation WDF_VERIFIER_FATAL_ERROR as the settings say.
   */
  violation(rule: string, message: string, subject: Subject = {}): void {
    const entry = VERIFIER_RULES.get(rule)
    if (entry === undefined) throw new TypeError(`the verifier has no rule ${rule}`)
    const { rules, onViolation } = this.settings
    if (rules !== null && !rules.includes(rule)) return
    const activation = currentActivation()
    const { use, site = callSite() } = subject
    const watched = subject.watched ?? use?.watched ?? activation?.info.device
    const report: ViolationReport = {
      rule,
      explanation: entry.says,
      message,
      advice: entry.note,
      driver: watched?.driver ?? '',
      device: watched?.name ?? 'unknown',
      worker: this.worker,
      callback: activation?.info.name ?? 'no callback',
      site,
      request: use?.report() ?? null,
      history: [...(use?.events ?? [])],
    }
    this.#violations++
    const key = `${rule} ${report.driver} ${report.device} ${site}`
    if (!this.#told.has(key)) {
      this.#told.add(key)
      this.#tell(report)
    }
    if (onViolation === 'failDevice') {
      watched?.device?.power?.pnp.setFailed('noRestart').catch(() => {})
    }
    if (onViolation === 'report' || subject.isLate === true) return
    throw new WdfViolation('WDF_VERIFIER_FATAL_ERROR', `${rule}: ${message} (${entry.note})`, rule)
  }

  summary(): VerifierSummary {
    const { allocations, failures, delays, pended } = this.injection
    return {
      callbacks: this.callbacks.count,
      calls: this.calls,
      told: this.#told.size,
      violations: this.#violations,
      allocations,
      failedAllocations: failures,
      delays,
      pended,
    }
  }
}
