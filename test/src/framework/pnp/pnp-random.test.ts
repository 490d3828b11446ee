/**
 * Random lives of devices: seeded sequences of requests, idle time, wake signals and failures, with callbacks
 * that return at once or some steps later. A failing life is repeated by its seed.
 */
import { expect, it } from 'vitest'
import { Random } from '../../../../native-sim/random.js'
import { NOT_POLICY_OWNER_TABLE } from '../../../../src/framework/pnp/not-policy-owner-table.js'
import { PNP_TABLE } from '../../../../src/framework/pnp/pnp-table.js'
import { POWER_POLICY_TABLE } from '../../../../src/framework/pnp/power-policy-table.js'
import { POWER_TABLE } from '../../../../src/framework/pnp/power-table.js'
import { countEdges } from '../../../../src/framework/pnp/state-table.js'
import { RandomLife } from '../../../harness/pnp-random-life.js'

const LIVES = 1500
const STEPS = 60

async function live(seed: number, taken: Set<string>): Promise<RandomLife> {
  const life: RandomLife = new RandomLife(new Random(seed), {
    taken(machine, event, state) {
      const name = machine === 'policy' && !life.isPolicyOwner ? 'other' : machine
      taken.add(`${name} ${state} ${event}`)
    },
  })
  life.begin()
  for (let step = 0; step < STEPS; step++) await life.step()
  await life.end()
  if (life.invariants.broken !== undefined) throw new Error(life.invariants.broken)
  return life
}

it(`keeps its promises in ${LIVES} random lives`, async () => {
  const taken = new Set<string>()
  let [calls, requests] = [0, 0]
  for (let seed = 0; seed < LIVES; seed++) {
    try {
      const life = await live(seed, taken)
      calls += life.invariants.calls
      requests += life.requests
    } catch (cause) {
      throw new Error(`seed ${seed}: ${String(cause)}`, { cause })
    }
  }
  const covered = (machine: string): number =>
    [...taken].filter((edge) => edge.startsWith(`${machine} `)).length
  console.log(
    `${LIVES} lives, ${requests} requests, ${calls} calls; edges taken: ` +
      `PnP ${covered('pnp')}/${countEdges(PNP_TABLE)}, ` +
      `power ${covered('power')}/${countEdges(POWER_TABLE)}, ` +
      `policy ${covered('policy')}/${countEdges(POWER_POLICY_TABLE)}, ` +
      `not owner ${covered('other')}/${countEdges(NOT_POLICY_OWNER_TABLE)}`,
  )
  expect(calls).toBeGreaterThan(60_000)
})
