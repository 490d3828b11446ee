/**
 * Where a device lives, and what it was given there. Runs on: worker. Types only.
 */
import type { HardwareResources } from './device-hardware.js'

/** Where a device lives. */
export interface DevicePlacement {
  readonly homeWorker: number
  readonly thisWorker: number
  readonly workerCount: number
  /** A level of a stack with several: all of it lives on the home worker, so that levels call each other. */
  readonly staysHome?: boolean
  /** Memory of the level's shared context, when another worker made it. */
  readonly sharedContext?: SharedArrayBuffer | undefined
  readonly hardware?: HardwareResources | undefined
}
