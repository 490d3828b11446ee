/** All scenarios. */
import { cancelScenarios } from './cancel.js'
import { channelScenarios } from './channel.js'
import { deathScenarios } from './death.js'
import { doorbellScenarios } from './doorbell.js'
import { forwardScenarios } from './forward.js'
import { nvmeScenarios } from './nvme.js'
import { ringScenarios } from './ring.js'
import { stopScenarios } from './stop.js'

export const scenarios = [
  ...ringScenarios,
  ...doorbellScenarios,
  ...channelScenarios,
  ...cancelScenarios,
  ...forwardScenarios,
  ...stopScenarios,
  ...deathScenarios,
  ...nvmeScenarios,
]
