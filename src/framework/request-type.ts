/**
 * Request types: those that can be given a queue of their own, and their major functions. Runs on: worker.
 */
import {
  IRP_MJ_CREATE,
  IRP_MJ_DEVICE_CONTROL,
  IRP_MJ_INTERNAL_DEVICE_CONTROL,
  IRP_MJ_READ,
  IRP_MJ_WRITE,
} from '../abi/major-function.js'

export type RequestType = 'create' | 'read' | 'write' | 'deviceControl' | 'deviceControlInternal'

export const MAJOR_OF: Record<RequestType, number> = {
  create: IRP_MJ_CREATE,
  read: IRP_MJ_READ,
  write: IRP_MJ_WRITE,
  deviceControl: IRP_MJ_DEVICE_CONTROL,
  deviceControlInternal: IRP_MJ_INTERNAL_DEVICE_CONTROL,
}

/** Major functions that a default queue takes when no other queue is configured for them. */
export const DEFAULT_QUEUE_MAJORS = [
  IRP_MJ_READ,
  IRP_MJ_WRITE,
  IRP_MJ_DEVICE_CONTROL,
  IRP_MJ_INTERNAL_DEVICE_CONTROL,
]
