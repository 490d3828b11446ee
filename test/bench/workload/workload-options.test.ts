import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { DEFAULT_WORKLOAD, effectiveBatch } from '../../../bench/workload/workload.js'
import { parseWorkloads, type WorkloadOption } from '../../../bench/workload/workload-options.js'
import { customName } from '../../../bench/workload/workload-scenario.js'

const folder = mkdtempSync(path.join(os.tmpdir(), 'irpool-workload-'))
afterAll(() => rmSync(folder, { recursive: true }))

function parse(given: Partial<Record<WorkloadOption, string>>, sweep?: string) {
  return parseWorkloads('irpool bench', (name) => given[name], sweep)
}

describe('parseWorkloads', () => {
  it('makes none when no such option was given: --workers alone is not one', () => {
    expect(parse({})).toEqual([])
    expect(parse({ workers: '4' })).toEqual([])
  })

  it('keeps the defaults of what was not given', () => {
    const [given] = parse({ depth: '8', workers: '2' })
    expect(given!.workload).toEqual({ ...DEFAULT_WORKLOAD, depth: 8, workers: 2 })
    expect(given!.parameters).toEqual({ workers: 2, depth: 8 })
    expect(customName(given!.parameters)).toBe('custom/workers-2/depth-8')
    expect(effectiveBatch(given!.workload)).toBe(4)
  })

  it('reads every option', () => {
    const [given] = parse({
      rate: '1.5M',
      arrival: 'poisson',
      hosts: '2',
      devices: '3',
      dispatch: 'parallel',
      scope: 'none',
      handler: 'spin:2.5',
      mix: '70',
      'block-size': '4k',
      'wait-strategy': 'park',
    })
    expect(given!.workload).toMatchObject({
      rate: { kind: 'per-second', requests: 1_500_000 },
      arrival: 'poisson',
      depth: 1024,
      hosts: 2,
      devices: 3,
      dispatch: 'parallel',
      scope: 'none',
      handler: { kind: 'spin', microseconds: 2.5 },
      readPercent: 70,
      blockBytes: 4096,
      waitStrategy: 'park',
      timesAll: true,
    })
  })

  it('takes a share of the peak, and a driver module', () => {
    expect(parse({ rate: '50%' })[0]!.workload.rate).toEqual({ kind: 'share-of-peak', share: 0.5 })
    const file = path.join(folder, 'my-driver.js')
    writeFileSync(file, '')
    const [given] = parse({ handler: file })
    expect(given!.workload.handler).toEqual({ kind: 'module', url: pathToFileURL(file).href })
    expect(customName(given!.parameters)).toBe('custom/handler-my-driver.js')
  })

  it('makes one for each value of a sweep, with the rest the same', () => {
    const swept = parse({ batch: '4' }, 'depth=8,16,32')
    expect(swept.map(({ workload }) => [workload.depth, workload.batch])).toEqual([
      [8, 4],
      [16, 4],
      [32, 4],
    ])
    expect(swept.map(({ parameters }) => customName(parameters))).toEqual([
      'custom/depth-8/batch-4',
      'custom/depth-16/batch-4',
      'custom/depth-32/batch-4',
    ])
    expect(parse({}, 'workers=1,2')[1]!.workload.workers).toBe(2)
  })

  it.each<[Partial<Record<WorkloadOption, string>>, string | undefined, RegExp]>([
    [{ depth: '0' }, undefined, /--depth '0': expected a whole number from 1 to 65536/],
    [{ depth: '1.5' }, undefined, /--depth '1.5'/],
    [{ batch: 'many' }, undefined, /--batch 'many'/],
    [{ rate: '0' }, undefined, /--rate '0': expected requests a second/],
    [{ rate: '500%' }, undefined, /--rate '500%'/],
    [{ arrival: 'poisson' }, undefined, /--arrival 'poisson': a closed loop has no arrivals/],
    [{ rate: '10', arrival: 'poison' }, undefined, /did you mean 'poisson'\?/],
    [{ handler: 'spin:x' }, undefined, /--handler 'spin:x': expected null, spin:MICROSECONDS/],
    [{ handler: '/no/such.js' }, undefined, /a driver module \(\.js\) that exists/],
    [{ verify: 'yes' }, undefined, /--verify: only --handler ramdisk keeps/],
    [{ verify: 'yes', handler: 'ramdisk', 'block-size': '100' }, undefined, /multiple of 512/],
    [{ handler: 'ramdisk', scope: 'none' }, undefined, /--scope 'none': the RAM disk has/],
    [{ stack: '33' }, undefined, /--stack '33': expected a whole number from 1 to 32/],
    [{ depth: '65536', 'block-size': '1M' }, undefined, /more than 1 GiB/],
    [{ mix: '101' }, undefined, /--mix '101'/],
    [{}, 'depth', /--sweep 'depth': expected NAME=a,b,c/],
    [{}, 'detph=1', /did you mean 'depth'\?/],
    [{}, 'depth=', /at least one value/],
    [{}, 'depth=1,1', /a value is there twice/],
    [{ depth: '1' }, 'depth=1,2', /--depth is given too/],
    [{}, 'depth=1,0', /--depth '0'/],
  ])('refuses %j with sweep %j', (given, sweep, message) => {
    expect(() => parse(given, sweep)).toThrow(message)
  })
})
