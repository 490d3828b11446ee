/**
 * NVMe rig: the storage pair with its NVMe miniport on a stepped NVMe-like device. Runs on: the test's own thread.
 */
import assert from 'node:assert/strict'
import { prepareHardware } from '../../../../native-sim/hardware-models.js'
import { NvmeDevice, type NvmeOptions } from '../../../../native-sim/nvme-device.js'
import { IRP_MJ_FLUSH_BUFFERS } from '../../../../src/abi/major-function.js'
import { STATUS_SUCCESS } from '../../../../src/abi/ntstatus.js'
import type { ChannelBuffer } from '../../../../src/irp/channel-buffer.js'
import { nvmeCommonBytes } from '../../../../src/pairs/storage/nvme-pieces.js'
import {
  IOCTL_STORAGE_SRB_OUT,
  PASS_THROUGH_BYTES,
  passThroughCdb,
  writePassThrough,
} from '../../../../src/pairs/storage/pass-through.js'
import portDriver from '../../../../src/pairs/storage/port-driver.js'
import {
  SRB_FLAGS_NO_QUEUE_FREEZE,
  SRB_FUNCTION_EXECUTE_SCSI,
} from '../../../../src/pairs/storage/srb.js'
import { Requester } from '../../../harness/requester.js'
import { SteppedHardware } from '../../../harness/stepped-hardware.js'

export const BUFFER_BYTES = 524_288

type DeviceOptions = Omit<NvmeOptions, 'name' | 'bar' | 'lines' | 'clock'>

export class NvmeDisk {
  readonly stepped: SteppedHardware
  readonly device: NvmeDevice
  readonly requester: Requester
  readonly buffer: ChannelBuffer

  private constructor(stepped: SteppedHardware, device: NvmeDevice) {
    this.stepped = stepped
    this.device = device
    this.requester = new Requester(stepped.engine)
    this.buffer = this.requester.channel.allocate(BUFFER_BYTES)
  }

  static async start(
    options: DeviceOptions = {},
    parameters: Record<string, unknown> = {},
    commonBytes = nvmeCommonBytes(8),
    lineCount = 2,
  ): Promise<NvmeDisk> {
    const stepped = new SteppedHardware({ slots: 128, bufferBytes: 2 ** 22, lines: lineCount })
    const { lines, clock } = stepped
    const model = { model: 'nvme', name: 'nvme0', ...options } as const
    const { plan, resources } = prepareHardware(model, lines, commonBytes)
    const device = new NvmeDevice({ ...model, bar: plan.bar, lines, clock })
    for (const window of plan.windows) device.mapDma(window)
    await stepped.addDevice(portDriver, device, resources, {
      miniport: 'nvme',
      depth: 8,
      ...parameters,
    })
    return new NvmeDisk(stepped, device)
  }

  /** Runs one request to its end; answers its status. */
  #outcome(): number {
    const done = this.stepped.run()
    assert.equal(done.length, 1)
    return done[0]?.status as number
  }

  write(offset: number, bytes: Uint8Array, at = 0): number {
    const { channel, file } = this.requester
    this.buffer.bytes.set(bytes, at)
    const place = channelPiece(this.buffer, at, bytes.length)
    channel.prepareWrite(file, place, bytes.length, offset, 1)
    return this.#outcome()
  }

  read(offset: number, length: number, at = 0): Uint8Array {
    const { channel, file } = this.requester
    this.buffer.bytes.fill(0xee)
    channel.prepareRead(file, channelPiece(this.buffer, at, length), length, offset, 1)
    assert.equal(this.#outcome(), STATUS_SUCCESS)
    return this.buffer.bytes.slice(at, at + length)
  }

  flush(): number {
    this.requester.bare(1, IRP_MJ_FLUSH_BUFFERS)
    return this.#outcome()
  }

  srb(cdb: (cdb: Uint8Array) => number, data: Uint8Array | null = null): number {
    this.prepareSrb(SRB_FUNCTION_EXECUTE_SCSI, cdb, data)
    return this.#outcome()
  }

  prepareSrb(
    srbFunction: number,
    cdb: (cdb: Uint8Array) => number,
    data: Uint8Array | null = null,
  ): void {
    const { channel, file } = this.requester
    const description = channel.allocate(PASS_THROUGH_BYTES)
    const length = cdb(passThroughCdb(description.bytes))
    writePassThrough(description.bytes, srbFunction, 0, length, SRB_FLAGS_NO_QUEUE_FREEZE, 0)
    if (data !== null) this.buffer.bytes.set(data)
    const dataBytes = data?.length ?? 0
    const piece = data === null ? null : this.buffer
    channel.prepareIoctl(
      file,
      IOCTL_STORAGE_SRB_OUT,
      description,
      PASS_THROUGH_BYTES,
      piece,
      dataBytes,
      1,
    )
  }
}

/** A piece of a buffer; the buffer stays what it is. */
function channelPiece(buffer: ChannelBuffer, at: number, length: number): ChannelBuffer {
  const piece = Object.create(Object.getPrototypeOf(buffer) as object) as ChannelBuffer
  return Object.assign(piece, buffer).move(buffer.byteOffset + at, length)
}
