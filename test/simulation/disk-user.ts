/**
 * Disk user: reads and writes blocks of the simulated disk by the promise API, and knows what each block may hold.
 * A write that failed may have happened, or not; after it, the block holds what was there before or what was written.
 * Runs on: the simulation's one thread, as main.
 */
import type { Engine } from '../../src/manager/engine.js'
import type { IrpFile } from '../../src/manager/irp-file.js'
import { DISK, HardwareActor } from './hardware-actor.js'
import { contentOf, isContentOf, type World } from './world.js'

const BLOCK_BYTES = 512
const BLOCKS = 6
const PAUSE_MS = 10
const WATCHDOG_MS = 20
const TIMEOUT_MS = 200

interface Block {
  readonly index: number
  /** Versions that it may hold; 0: zeroes. */
  possible: number[]
  isBusy: boolean
}

export class DiskUser {
  readonly #world: World
  readonly #engine: Engine
  readonly #hardware: HardwareActor
  readonly #worker: number
  readonly #blocks: Block[] = Array.from({ length: BLOCKS }, (_, index) => ({
    index,
    possible: [0],
    isBusy: false,
  }))
  readonly #ended: Promise<void>[] = []
  #version = 0
  #file: IrpFile | undefined
  /** It has been pulled out. */
  #isGone = false

  constructor(world: World, engine: Engine, worker: number) {
    this.#world = world
    this.#engine = engine
    this.#worker = worker
    this.#hardware = HardwareActor.make(world, engine, worker)
  }

  /** Adds the disk and opens it. */
  async open(): Promise<void> {
    const { kernel, source } = this.#world
    await this.#engine.addDevice({
      name: DISK,
      driver: new URL(source.diskDriver),
      worker: this.#worker,
      hardware: this.#hardware.resources,
      parameters: { watchdogMs: WATCHDOG_MS, timeoutMs: TIMEOUT_MS },
    })
    this.#file = await this.#engine.open(DISK)
    kernel.note('has opened the disk')
  }

  /** Sends so many requests; resolves when they have ended. */
  async run(requests: number): Promise<void> {
    const { kernel } = this.#world
    for (let left = requests; left > 0; left--) {
      const idle = this.#blocks.filter(({ isBusy }) => !isBusy)
      if (idle.length > 0) this.#ended.push(this.#use(kernel.pick(idle)))
      if (!this.#isGone && kernel.faults.strikes('surprise removal')) await this.#pullOut()
      await sleep(kernel.within(PAUSE_MS))
    }
    await Promise.all(this.#ended)
  }

  async close(): Promise<void> {
    await Promise.all(this.#ended)
    await this.#file?.close()
  }

  countFaults(): void {
    this.#hardware.countFaults()
  }

  async #pullOut(): Promise<void> {
    this.#isGone = true
    this.#world.kernel.note('the disk is pulled out')
    this.#hardware.device.surpriseRemove()
    await this.#engine.device(DISK).surpriseRemove().catch(ignore)
  }

  async #use(block: Block): Promise<void> {
    const { kernel } = this.#world
    block.isBusy = true
    const isWrite = kernel.chance(0.5)
    const what = `${isWrite ? 'write' : 'read'} of block ${block.index}`
    kernel.note(what)
    try {
      await (isWrite ? this.#write(block) : this.#read(block))
      kernel.note(`${what} has ended`)
    } catch (error) {
      const { ntstatus, code, message } = error as {
        ntstatus?: number
        code?: string
        message: string
      }
      if (ntstatus === undefined && code !== 'ERR_IRP_CLOSED') throw error
      kernel.note(`${what} failed: ${message}`)
    }
    block.isBusy = false
  }

  async #write(block: Block): Promise<void> {
    const version = ++this.#version
    const before = block.possible
    block.possible = [...before, version]
    const offset = block.index * BLOCK_BYTES
    await this.#file?.write(contentOf(version, BLOCK_BYTES), { offset })
    block.possible = [version]
  }

  async #read({ index, possible }: Block): Promise<void> {
    const bytes = new Uint8Array(BLOCK_BYTES)
    await this.#file?.read(bytes, { offset: index * BLOCK_BYTES })
    const isRight = possible.some((version) =>
      version === 0 ? bytes.every((byte) => byte === 0) : isContentOf(version, bytes),
    )
    if (!isRight) {
      this.#world.broken(`block ${index} holds none of its versions ${possible.join(', ')}`)
    }
  }
}

function ignore(): void {}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
