/**
 * scenarios.ts: the list of lists: everything `irpool bench` can run, in the order of the table.
 *
 * Runs on: the main thread of the orchestrator (names only) and of each child (one of them runs).
 * Importing a list must stay cheap, so a scenario loads what it needs inside its `run`.
 */
import { disruptorPingPongScenarios } from './disruptor/ping-pong.js'
import { topologyScenarios } from './disruptor/topology.js'
import { engineScenarios } from './engine-scenarios.js'
import { nativeScenarios } from './native/native-scenarios.js'
import { rivals } from './rivals/index.js'
import { registerScenarios } from './scenario.js'
import { workloadScenarios } from './workload/workload-scenario.js'

registerScenarios(engineScenarios)
registerScenarios(workloadScenarios)
registerScenarios(topologyScenarios)
registerScenarios(disruptorPingPongScenarios)
registerScenarios(nativeScenarios)
registerScenarios(rivals)

export { registeredScenarios as default } from './scenario.js'
