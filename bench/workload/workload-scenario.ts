/**
 * workload-scenario.ts: workloads as scenarios: the ones that the benchmark brings along, and those from the
 * command line.
 *
 * Runs on: any thread; the engine is loaded when a scenario runs.
 */
import { ENGINE_GROUP, OPEN_LOOP_GROUP } from '../engine/groups.js'
import type { Scenario } from '../scenario.js'
import type { GivenWorkload } from './workload-options.js'
import { DEFAULT_WORKLOAD, describeWorkload, type Workload } from './workload.js'

export const CUSTOM_GROUP = 'custom: the workload of this command line'
/** A name stays readable. */
const LONGEST_VALUE = 40

/** `custom/depth-64/workers-2`, with what was given. */
export function customName(parameters: GivenWorkload['parameters']): string {
  const parts = Object.entries(parameters).map(([name, value]) => {
    const text = String(value).replace(/^.*\//, '')
    return `${name}-${text.slice(0, LONGEST_VALUE)}`
  })
  return ['custom', ...parts].join('/')
}

/** The scenarios of a command line; of a sweep each is compared with the first. */
export function customScenarios(given: readonly GivenWorkload[]): Scenario[] {
  const names = given.map(({ parameters }) => customName(parameters))
  return given.map(({ workload, parameters }, index) => ({
    ...workloadScenario(names[index]!, CUSTOM_GROUP, workload),
    parameters,
    ...(index === 0 ? {} : { comparedWith: [names[0]!] }),
  }))
}

export function workloadScenario(name: string, group: string, workload: Workload): Scenario {
  return {
    name,
    unit: 'IRP/s',
    group,
    title: describeWorkload(workload),
    workload,
    async run(context) {
      const { measureWorkload } = await import('./measure-workload.js')
      return measureWorkload(workload, context)
    },
  }
}

const FULL_SPEED: Workload = { ...DEFAULT_WORKLOAD, depth: 1024, batch: 128 }

/** No-op handlers of one parallel queue, so that any worker may have each request. */
const NO_OP: Workload = { ...FULL_SPEED, dispatch: 'parallel', scope: 'none' }

function openLoop(share: number): Workload {
  return {
    ...FULL_SPEED,
    rate: { kind: 'share-of-peak', share },
    arrival: 'poisson',
    timesAll: true,
  }
}

export const workloadScenarios: readonly Scenario[] = [
  workloadScenario('open-loop/half-of-peak', OPEN_LOOP_GROUP, openLoop(0.5)),
  ...[0.1, 0.3, 0.7, 0.9].map((share) => ({
    ...workloadScenario(`open-loop/${share * 100}-percent`, OPEN_LOOP_GROUP, openLoop(share)),
    isExtra: true,
  })),
  {
    ...workloadScenario('irp/no-op/workers-1', ENGINE_GROUP, NO_OP),
    title: 'no-op handlers, parallel queue, scope none, workers: 1',
  },
  {
    ...workloadScenario('irp/no-op/workers-2', ENGINE_GROUP, { ...NO_OP, workers: 2 }),
    title: 'no-op handlers, parallel queue, scope none, workers: 2',
    comparedWith: ['irp/no-op/workers-1'],
  },
  {
    ...workloadScenario('irp/hosts-3', ENGINE_GROUP, { ...FULL_SPEED, hosts: 3 }),
    title: 'three hosts, one worker: the three-to-one of the Disruptor through the engine',
    isExtra: true,
  },
]
