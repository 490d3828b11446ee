/**
 * Sweep: what a host does with its requests at a worker that has died. Runs on: the channel's host thread,
 * after main saw the thread end (so the dead worker writes nothing any more).
 *
 * Order matters: 1 take every completion it published; 2 what it had presented ends with
 * STATUS_DRIVER_PROCESS_TERMINATED (its side effect may have happened); what no handler had seen goes to
 * the successor in order of acceptance, or ends as cancelled if that was asked; 3 the successor is let
 * in. A sweep before step 1 would end requests that had completed. No callback runs here: completions
 * are set aside for the next reap, so nothing a callback does can meet a sweep half way.
 */
import { CHANNEL_ATTENTION } from '../abi/channel-layout.js'
import { IRP_CANCEL } from '../abi/irp-layout.js'
import {
  STATUS_CANCELLED,
  STATUS_DEVICE_NOT_CONNECTED,
  STATUS_DRIVER_PROCESS_TERMINATED,
} from '../abi/ntstatus.js'
import { load, read } from '../sharedarraybuffer-queue/access.js'
import type { RequestChannel } from './request-channel.js'
import type { HostPort } from './host-port.js'

/** Sweeps the ports whose worker is no longer the one they were shared with, or will have no successor. */
export function sweepDeadWorkers(channel: RequestChannel): void {
  channel.attention = load(channel.words, CHANNEL_ATTENTION)
  // What is only staged goes the same way: it is accepted a little early.
  channel.publish()
  for (const port of channel.ports) {
    const incarnation = port.currentIncarnation()
    const failed = port.hasFailed()
    if (failed) {
      channel.hasFailedPort = true
      channel.choice.leaveOut(port.worker)
    }
    if (incarnation !== port.incarnation || (failed && port.load() !== 0)) {
      sweepPort(channel, port, incarnation, failed)
    }
  }
}

function sweepPort(
  channel: RequestChannel,
  port: HostPort,
  incarnation: number,
  failed: boolean,
): void {
  while (channel.reapPort(port, ALL, channel.onSetAside) !== 0);
  const unseen: number[] = []
  for (let slot = 0; slot < channel.slots.slotCount; slot++) {
    if (channel.slots.ownerOf(slot) !== port.worker) continue
    const end = (status: number): void => channel.finish(slot, status, 0, channel.onSetAside)
    if (wasPresented(channel, slot)) end(STATUS_DRIVER_PROCESS_TERMINATED)
    else if (wasCancelled(channel, slot)) end(STATUS_CANCELLED)
    else if (failed) end(STATUS_DEVICE_NOT_CONNECTED)
    else unseen.push(slot)
  }
  port.repairCompletions()
  port.discardSubmissions()
  const { slots } = channel
  unseen.sort((a, b) => (slots.sequenceOf(a) - slots.sequenceOf(b)) | 0)
  for (const slot of unseen) {
    slots.setSequence(slot, (port.submissions.tail << 1) | 1)
    port.submissions.stage(slot)
  }
  port.submissions.publish()
  port.adopt(incarnation)
}

const ALL = 0x7fffffff

function wasPresented(channel: RequestChannel, slot: number): boolean {
  const mark = channel.memory.presentedWord(channel.slots.ownerOf(slot)) + slot
  return read(channel.words, mark) === channel.slots.sequenceOf(slot)
}

function wasCancelled(channel: RequestChannel, slot: number): boolean {
  const word = channel.memory.slotWord(slot) + IRP_CANCEL
  return load(channel.words, word) === channel.slots.sequenceOf(slot)
}
