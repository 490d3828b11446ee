/** All mutants. */
import { channelMutants } from './channel.js'
import { deathMutants } from './death.js'
import { doorbellMutants } from './doorbell.js'
import type { Mutant } from './mutant.js'
import { nvmeMutants } from './nvme.js'
import { ringMutants } from './ring.js'

export const mutants: readonly Mutant[] = [
  ...ringMutants,
  ...doorbellMutants,
  ...channelMutants,
  ...deathMutants,
  ...nvmeMutants,
]
