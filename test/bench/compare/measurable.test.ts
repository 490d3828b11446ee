import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parseCompareOptions } from '../../../bench/compare/compare-options.js'
import {
  microMeasurable,
  readMicroTable,
  selectScenarios,
} from '../../../bench/compare/measurable.js'

const folder = mkdtempSync(path.join(os.tmpdir(), 'irpool-measurable-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A build folder with scenarios of these names; `q/` ones are quick, `t/` ones need a trace. */
function fakeBuild(name: string, ...scenarios: string[]): string {
  const build = path.join(folder, name)
  const list = scenarios.map((scenario) => ({
    name: scenario,
    unit: 'IRP/s',
    quick: !scenario.includes('slow'),
    needsTrace: scenario.startsWith('trace/'),
  }))
  mkdirSync(path.join(build, 'bench'), { recursive: true })
  writeFileSync(
    path.join(build, 'bench/scenarios.js'),
    `export default () => (${JSON.stringify(list)})\n`,
  )
  writeFileSync(path.join(build, 'package.json'), '{"type":"module"}')
  return build
}

const HERE = fakeBuild('here', 'irp/a', 'irp/slow', 'irp/new', 'rival/x', 'trace/t')
const THERE = fakeBuild('there', 'irp/a', 'irp/slow', 'irp/old', 'rival/x', 'trace/t')

async function selected(...argv: string[]) {
  const options = parseCompareOptions(['REV', ...argv])
  const { measurables, onlyHere, onlyThere } = await selectScenarios(HERE, THERE, options)
  return { names: measurables.map(({ name }) => name), onlyHere, onlyThere }
}

describe('selectScenarios', () => {
  it("takes the engine's quick ones of both builds, and says what only one of them has", async () => {
    expect(await selected()).toEqual({
      names: ['irp/a'],
      onlyHere: ['irp/new'],
      onlyThere: ['irp/old'],
    })
  })

  it('takes what the patterns name', async () => {
    expect((await selected('--pattern', 'slow, rival/*, trace')).names).toEqual([
      'irp/slow',
      'rival/x',
    ])
  })

  it('says clearly when the other build cannot be driven', async () => {
    const options = parseCompareOptions(['REV'])
    const empty = path.join(folder, 'empty')
    await expect(selectScenarios(HERE, empty, options)).rejects.toMatchObject({
      code: 'ERR_IRP_BENCH_PROTOCOL',
      message: expect.stringContaining('does not speak the present protocol'),
    })
    const { signal } = new AbortController()
    await expect(microMeasurable(options).run(empty, signal)).rejects.toThrow(
      /bench\/micro\/main\.js/,
    )
  })
})

describe('a build of another protocol', () => {
  const { signal } = new AbortController()

  it('is told from one that fails', async () => {
    const mute = fakeBuild('mute', 'irp/a')
    writeFileSync(path.join(mute, 'bench/child.js'), "console.error('what?')\nprocess.exit(2)\n")
    mkdirSync(path.join(mute, 'bench/micro'))
    writeFileSync(path.join(mute, 'bench/micro/main.js'), "console.log('42 ns')\n")
    const options = parseCompareOptions(['REV'])
    const { measurables } = await selectScenarios(HERE, mute, options)
    for (const measurable of [...measurables, microMeasurable(options)]) {
      expect(await measurable.run(mute, signal)).toMatchObject({
        kind: 'failed',
        why: expect.stringMatching(/protocol of its benchmark may be another/),
      })
    }
    expect(measurables).toHaveLength(1)
  })
})

describe('readMicroTable', () => {
  it('reads the medians of what bench:micro prints', () => {
    const text = `nanoseconds per operation, one thread
   median  fastest  samples
    34.90    30.11      123  ring: a number in and out, 1 per publish
     0.98     0.90    99999  slot table: take a slot, 2 of them
not measured
`
    expect([...readMicroTable(text)]).toEqual([
      ['ring: a number in and out, 1 per publish', 34.9],
      ['slot table: take a slot, 2 of them', 0.98],
    ])
  })
})
