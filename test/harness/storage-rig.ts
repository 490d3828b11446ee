/**
 * Storage rig: the storage pair on a stepped engine, for tests of the port and of miniports.
 * Runs on: the test's own thread. `until` also waits for real file operations.
 */
import type { IrpFile } from '../../src/manager/irp-file.js'
import {
  IOCTL_STORAGE_SRB_IN,
  IOCTL_STORAGE_SRB_OUT,
  PASS_THROUGH_BYTES,
  passThroughCdb,
  writePassThrough,
} from '../../src/pairs/storage/pass-through.js'
import type {
  AdapterDescription,
  Miniport,
  MiniportEntry,
  PortServices,
  UnitDescription,
} from '../../src/pairs/storage/miniport.js'
import portDriver from '../../src/pairs/storage/port-driver.js'
import {
  type Srb,
  SRB_FLAGS_NO_QUEUE_FREEZE,
  SRB_STATUS_SUCCESS,
} from '../../src/pairs/storage/srb.js'
import { moduleUrl } from './inline-driver.js'
import { SteppedEngine } from './stepped-engine.js'

const PATIENCE_MS = 20_000
export const QUIETLY = { rejectOnFailure: false }

export interface PassThrough {
  readonly cdb: (cdb: Uint8Array) => number
  readonly srbFunction?: number
  readonly lun?: number
  readonly flags?: number
  readonly timeOutMs?: number
  /** Data to the unit, or room for data from it. */
  readonly out?: Uint8Array
  readonly into?: Uint8Array
}

export class StorageRig {
  readonly engine: SteppedEngine
  readonly file: IrpFile

  private constructor(engine: SteppedEngine, file: IrpFile) {
    this.engine = engine
    this.file = file
  }

  static async open(parameters: Record<string, unknown>): Promise<StorageRig> {
    const engine = new SteppedEngine({ slots: 64, bufferBytes: 1 << 22 })
    await engine.addDevice(moduleUrl(portDriver), { parameters })
    return new StorageRig(engine, await engine.until(engine.channel.open('device0')))
  }

  /** The worker and the event loop by turns, as long as real input and output may take. */
  async until<T>(promise: Promise<T>): Promise<T> {
    const state = { settled: false }
    const mark = (): void => {
      state.settled = true
    }
    promise.then(mark, mark)
    const deadline = performance.now() + PATIENCE_MS
    while (!state.settled) {
      if (performance.now() > deadline) throw new Error('the promise does not settle')
      if (this.engine.step() === 0) await new Promise((resolve) => setTimeout(resolve, 0))
      else await new Promise((resolve) => setImmediate(resolve))
    }
    return promise
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length)
    return this.until(this.file.read(bytes, { offset }).then(() => bytes))
  }

  async write(offset: number, bytes: Uint8Array): Promise<number> {
    return (await this.until(this.file.write(bytes, { offset, ...QUIETLY }))).status
  }

  /** Sends an SRB of the test's own; resolves with status and information. */
  srb(request: PassThrough): Promise<{ status: number; information: number }> {
    const description = new Uint8Array(PASS_THROUGH_BYTES)
    const cdb = passThroughCdb(description)
    const length = request.cdb(cdb)
    const { srbFunction = 0, lun = 0, flags = SRB_FLAGS_NO_QUEUE_FREEZE, timeOutMs = 0 } = request
    writePassThrough(description, srbFunction, lun, length, flags, timeOutMs)
    const code = request.out === undefined ? IOCTL_STORAGE_SRB_IN : IOCTL_STORAGE_SRB_OUT
    const data = request.out ?? request.into ?? null
    return this.file.ioctl(code, description, data, QUIETLY)
  }

  async close(): Promise<void> {
    const framework = this.engine.framework()
    await this.until(this.file.close())
    await this.until(framework.stopDevice(0, 100))
  }
}

/** A miniport that does what the test says: every SRB it is given waits until the test completes it. */
export class ScriptedMiniport implements Miniport {
  readonly built: Srb[] = []
  readonly started: Srb[] = []
  /** How deep HwStartIo was entered at most. */
  deepest = 0
  port!: PortServices
  units: UnitDescription[] = [{ blockBytes: 512, blockCount: 1000, queueDepth: 2 }]
  onStart: (srb: Srb) => void = () => {}
  onBuild: (srb: Srb) => boolean = () => true
  releasesOnBusReset = false
  busResets = 0
  #depth = 0

  /** The URL for the `miniport` parameter. */
  url(): string {
    const entry: MiniportEntry = (port) => {
      this.port = port
      return this
    }
    return moduleUrl(entry)
  }

  HwFindAdapter(): AdapterDescription {
    return { units: this.units, maximumTransferBytes: 65_536 }
  }

  HwBuildIo(srb: Srb): boolean {
    this.built.push(srb)
    return this.onBuild(srb)
  }

  HwStartIo(srb: Srb): void {
    this.deepest = Math.max(this.deepest, ++this.#depth)
    try {
      this.started.push(srb)
      this.onStart(srb)
    } finally {
      this.#depth--
    }
  }

  HwResetBus(): boolean {
    this.busResets++
    return this.releasesOnBusReset
  }

  /** Completes the oldest SRB that was started. */
  complete(srbStatus = SRB_STATUS_SUCCESS): void {
    const srb = this.started.shift()
    if (srb === undefined) throw new Error('nothing was started')
    this.port.requestComplete(srb, srbStatus)
  }
}
