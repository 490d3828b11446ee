/**
 * File objects of one worker: who has which device open. Runs on: worker.
 * A handle has one file object a level of its device's stack that wants to know about it.
 */
import type { Device } from './device.js'
import { FileObject } from './file-object.js'
import type { Request } from './request.js'

export class FileObjects {
  readonly #files = new Map<number, FileObject[]>()

  /** The file object of a handle at a device; made the first time it is asked for. */
  of(device: Device, channelId: number, fileId: number): FileObject {
    const key = keyOf(channelId, fileId)
    const levels = this.#files.get(key)
    const known = levels?.find((file) => file.device === device)
    if (known !== undefined) return known
    const file = new FileObject(device, channelId, fileId)
    if (levels === undefined) this.#files.set(key, [file])
    else levels.push(file)
    return file
  }

  /** The file object of a request at a device. */
  at(device: Device, request: Request): FileObject {
    return this.of(device, request.origin.port.memory.id, request.fileId)
  }

  /** The handle has been closed, or a new one of that number is being opened. */
  forget(channelId: number, fileId: number): void {
    const key = keyOf(channelId, fileId)
    const levels = this.#files.get(key)
    if (levels === undefined) return
    this.#files.delete(key)
    endFiles(levels)
  }

  /** A create has ended: the handle is open at every level that saw it, or was never there. */
  opened({ channelId, fileId }: FileObject, status: number): void {
    if (status < 0) this.forget(channelId, fileId)
    else for (const file of this.#files.get(keyOf(channelId, fileId)) ?? []) file.isOpen = true
  }

  /** Those of a channel that have been opened and not closed, the top of each stack first. */
  openOf(channelId: number): FileObject[] {
    const all = [...this.#files.values()].flat()
    return all.filter((file) => file.channelId === channelId && file.isOpen)
  }

  /** Forgets every handle at a device that goes. Returns those that were opened and not closed. */
  takeAt(device: Device): FileObject[] {
    const taken: FileObject[] = []
    for (const [key, levels] of this.#files) {
      const left = levels.filter((file) => file.device !== device)
      if (left.length === levels.length) continue
      taken.push(...levels.filter((file) => file.device === device && file.isOpen))
      if (left.length === 0) this.#files.delete(key)
      else this.#files.set(key, left)
    }
    return taken
  }

  /** The channel has gone. */
  forgetChannel(channelId: number): void {
    for (const [key, levels] of this.#files) {
      if (levels[0]?.channelId !== channelId) continue
      this.#files.delete(key)
      endFiles(levels)
    }
  }

  get size(): number {
    return this.#files.size
  }
}

/** EvtCleanup and EvtDestroy, and whatever hangs from the files; those of a device that has gone are gone. */
function endFiles(files: readonly FileObject[]): void {
  for (const { object } of files) void object.deleteByFramework()
}

/** Both are below 2^21, so the pair is an exact number. */
function keyOf(channelId: number, fileId: number): number {
  return channelId * 2 ** 32 + fileId
}
