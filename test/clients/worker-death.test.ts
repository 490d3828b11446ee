/**
 * Workers that die under fio: it sees input/output errors of requests that were presented, never wrong data, and
 * goes on. (Debian: fio.)
 */
import { expect, it } from 'vitest'
import { eventually } from '../thread/helpers.js'
import { NbdRig } from '../thread/nbd-rig.js'
import { missing, run, skipIf } from './programs.js'

const DEPTH = 32
const DEATHS = 4
const BETWEEN_MS = 400
const EIO = 5

interface FioJob {
  readonly error: number
  readonly total_err?: number
  readonly first_error?: number
  readonly read: { readonly total_ios: number }
}

/** One job of fio over the whole disk, whose blocks say where they belong. */
async function fio(uri: string, ...options: readonly string[]): Promise<FioJob> {
  const report = await run(
    'fio',
    '--name=job',
    '--ioengine=nbd',
    `--uri=${uri}`,
    '--bs=4k',
    `--iodepth=${DEPTH}`,
    '--size=32M',
    '--verify=pattern',
    '--verify_pattern=%o',
    '--verify_interval=4096',
    '--verify_state_save=0',
    '--output-format=json',
    ...options,
  )
  const { jobs } = JSON.parse(report.slice(report.indexOf('{'))) as { jobs: [FioJob] }
  return jobs[0]
}

it('fio goes on, and never reads a wrong byte', async (context) => {
  skipIf(missing('fio'), context)
  const rig = await NbdRig.open({ bytes: 2 ** 25 })
  let replaced = 0
  rig.engine.on('workerReplaced', () => replaced++)
  try {
    const uri = rig.server.uri()
    expect(await fio(uri, '--rw=write', '--do_verify=0')).toMatchObject({ error: 0 })
    const reading = fio(
      uri,
      '--rw=randread',
      '--norandommap',
      '--time_based',
      `--runtime=${Math.ceil(((DEATHS + 2) * BETWEEN_MS) / 1000)}`,
      '--continue_on_error=io',
    )
    for (let death = 0; death < DEATHS; death++) {
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS))
      await rig.engine.terminateWorker(0)
      await eventually(() => replaced === death + 1, 'the successor')
    }
    // A wrong byte would be EILSEQ, and the end: only input/output errors are gone on from.
    const { error, total_err: errors = 0, first_error: first = 0, read } = await reading
    expect([error, first === 0 || first === EIO]).toEqual([0, true])
    expect(errors).toBeLessThanOrEqual(DEATHS * DEPTH)
    expect(errors).toBe(rig.server.statistics().errors)
    expect(read.total_ios).toBeGreaterThan(DEATHS * DEPTH)
    expect(rig.engine.ledger()).toMatchObject({ lost: 0, duplicates: 0, inFlight: 0 })
  } finally {
    await rig.close()
  }
})
