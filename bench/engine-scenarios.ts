/**
 * engine-scenarios.ts: everything that is measured of the engine itself, in the order of the table.
 *
 * Runs on: any thread; a scenario loads the engine inside its `run`.
 */
import { bareScenarios } from './engine/bare-ping-pong.js'
import { batchScenarios } from './engine/batch.js'
import { cancelStormScenarios } from './engine/cancel-storm.js'
import { cpuBoundScenarios } from './engine/cpu-bound.js'
import { deviceAddScenarios } from './engine/device-add.js'
import { idleScenarios } from './engine/idle.js'
import { pingPongScenarios, waitStrategyScenarios } from './engine/ping-pong.js'
import { promiseScenarios } from './engine/promise.js'
import { ringScenarios } from './engine/ring.js'
import { hardwareScenarios } from './engine/simulated-hardware.js'
import { slabScenarios } from './engine/slab.js'
import { spreadScenarios } from './engine/spread.js'
import { stackScenarios } from './engine/stack.js'
import { traceScenarios } from './engine/trace-replay.js'
import { hardwareReadScenarios } from './hardware/hardware-reads.js'
import { stormScenarios } from './hardware/storm.js'
import type { Scenario } from './scenario.js'
import { openLoopScenarios, threadScenarios } from './workload/workload-scenario.js'

export const engineScenarios: readonly Scenario[] = [
  ...ringScenarios,
  ...slabScenarios,
  ...batchScenarios,
  ...promiseScenarios,
  ...spreadScenarios,
  ...deviceAddScenarios,
  ...stackScenarios,
  ...cpuBoundScenarios,
  ...cancelStormScenarios,
  ...threadScenarios,
  ...openLoopScenarios,
  ...pingPongScenarios,
  ...bareScenarios,
  ...waitStrategyScenarios,
  ...hardwareReadScenarios,
  ...stormScenarios,
  ...hardwareScenarios,
  ...traceScenarios,
  ...idleScenarios,
]
