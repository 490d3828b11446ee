/**
 * Rules about the bytes of a request. Runs on: any thread.
 */
import {
  IRP_MJ_DEVICE_CONTROL,
  IRP_MJ_INTERNAL_DEVICE_CONTROL,
  IRP_MJ_READ,
  IRP_MJ_WRITE,
} from '../abi/major-function.js'
import { checked, inapplicable, type Rule } from './rule.js'

const KINDS = [
  [IRP_MJ_READ, 'Read', 'read'],
  [IRP_MJ_WRITE, 'Write', 'write'],
  [IRP_MJ_DEVICE_CONTROL, 'Ioctl', 'device control'],
  [IRP_MJ_INTERNAL_DEVICE_CONTROL, 'IntIoctl', 'internal device control'],
] as const

/** What a major function is called in the names of these rules. */
export const BUFFER_KIND: Readonly<Record<number, string>> = Object.fromEntries(
  KINDS.map(([major, suffix]) => [major, suffix]),
)

const NO_MDL =
  'there are no MDLs: a request’s bytes are named by a view or, for DMA, by a transaction that checks its own state'

export const BUFFER_RULES: readonly Rule[] = [
  checked(
    'MemReferencedAtCompletion',
    'Nobody references a memory object of a request when that is completed (KMDF Verifier).',
    'dereference it first, and wait for what was sent with it',
  ),
  checked('InputBufferAPI', 'A read has no input buffer.', 'call retrieveOutputBuffer'),
  checked('OutputBufferAPI', 'A write has no output buffer.', 'call retrieveInputBuffer'),
  ...KINDS.flatMap(([, suffix, kind]) => [
    checked(
      `BufAfterReqCompleted${suffix}`,
      `The buffer of a ${kind} is not retrieved or read after the request was completed.`,
      'retrieve and use it before completing; copy what is needed later',
    ),
    checked(
      `BufAfterReqCompleted${suffix}A`,
      `The buffer of a ${kind} is not written after the request was completed.`,
      'write it before completing: the memory is the caller’s again then',
    ),
    checked(
      `MemAfterReqCompleted${suffix}`,
      `The memory object of a ${kind} is not retrieved after the request was completed.`,
      'retrieve and use it before completing',
    ),
    checked(
      `MemAfterReqCompleted${suffix}A`,
      `The memory object of a ${kind} is not used after the request was completed.`,
      'use it before completing: the memory is the caller’s again then',
    ),
    ...['', 'A'].map((variant) =>
      inapplicable(
        `MdlAfterReqCompleted${suffix}${variant}`,
        `The MDL of a ${kind} is not used after the request was completed.`,
        NO_MDL,
      ),
    ),
  ]),
]
