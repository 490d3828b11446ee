/**
 * Allocation sweep: every allocation of a shipped driver fails from the first on, then from the second on, and so on
 * until a run meets no failure, as KMDF Verifier's VerifierAllocateFailCount. At each point the device comes up or is
 * refused whole, every request ends, and nothing is left. Runs on: the test's own thread.
 */
import assert from 'node:assert/strict'
import { STATUS_SUCCESS } from '../../src/abi/ntstatus.js'
import { drivers } from '../../src/pairs/drivers.js'
import { VerifierBench } from './bench.js'

interface Level {
  readonly driver: URL
  readonly parameters?: Readonly<Record<string, unknown>>
}

const ramdisk: Level = { driver: drivers.ramdisk, parameters: { bytes: 1 << 16 } }

/** Top to bottom. */
export const SWEPT: Readonly<Record<string, readonly Level[]>> = {
  null: [{ driver: drivers.null }],
  echo: [{ driver: drivers.echo }],
  ramdisk: [ramdisk],
  'stats over ramdisk': [{ driver: drivers.stats }, ramdisk],
  'fault over ramdisk': [{ driver: drivers.fault, parameters: { rules: [] } }, ramdisk],
  storage: [{ driver: drivers.storage, parameters: { miniport: 'ram', bytes: 1 << 16 } }],
}

const REQUESTS = 4
/** Far more than any of them makes in so few requests. */
const MAX_POINTS = 500

/** Returns how many points there were. */
export async function sweepAllocations(name: string): Promise<number> {
  for (let after = 0; after < MAX_POINTS; after++) {
    const { failures, isServed } = await runOnce(name, after)
    if (failures > 0) continue
    assert.ok(isServed, `${name} without failures`)
    return after
  }
  throw new Error(`${name} never comes to a run without failures`)
}

async function runOnce(
  name: string,
  after: number,
): Promise<{ failures: number; isServed: boolean }> {
  const [top, ...below] = SWEPT[name] ?? []
  if (top === undefined) throw new Error(`there is no driver ${name}`)
  const where = `${name}, failures from allocation ${after} on`
  const bench = new VerifierBench({ allocationFailures: { seed: 1, probability: 1, after } })
  const { engine } = bench
  const isUp = await add(bench, top, below)
  let served = 0
  if (isUp) {
    const { channel } = engine
    const file = engine.file('device0')
    const buffer = channel.allocate(512)
    for (let i = 0; i < REQUESTS; i++) {
      channel.prepareWrite(file, buffer, 512, 0, i)
      channel.prepareRead(file, buffer, 512, 0, i)
    }
    channel.submit()
    for (let turns = 0; channel.inFlight > 0 && turns < 200; turns++) {
      await bench.turns(1)
      for (const { status } of engine.reap()) if (status === STATUS_SUCCESS) served++
    }
    assert.equal(channel.inFlight, 0, `${where}: a request does not end`)
    await bench.remove()
  }
  assert.equal(engine.framework().devices.size, 0, `${where}: a device is left`)
  assert.deepEqual(bench.reports, [], where)
  const { failedAllocations: failures } = bench.verifier.summary()
  return { failures, isServed: served === 2 * REQUESTS }
}

/** False: the device was refused. */
async function add(bench: VerifierBench, top: Level, below: readonly Level[]): Promise<boolean> {
  const levels = below.map(({ driver, parameters = {} }, i) => ({
    id: i + 1,
    role: 'function' as const,
    driver: driver.href,
    parameters,
  }))
  try {
    await bench.engine.addDeviceStopped(top.driver.href, {
      role: below.length > 0 ? 'filter' : 'function',
      parameters: top.parameters ?? {},
      below: levels,
    })
    await bench.engine.until(bench.engine.framework().startDevice(0))
    return true
  } catch (error) {
    const { message } = error as Error
    assert.match(message, /INSUFFICIENT_RESOURCES|allocation/, 'a refusal that says why')
    return false
  }
}
