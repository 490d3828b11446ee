import { Script } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { addStack, emptyTree } from '../../../bench/profile/call-tree.js'
import type { Layer } from '../../../bench/profile/layer.js'
import {
  formatShare,
  hottestFunctions,
  layerRows,
  renderHotFunctions,
  renderLayerTable,
} from '../../../bench/profile/layer-table.js'
import type { NamedThread } from '../../../bench/profile/layer-table.js'
import { renderFlamePage } from '../../../bench/profile/flame-page.js'
import { profileReport } from '../../../bench/profile/profile-json.js'

function thread(name: string, parked: number, layers: Partial<Record<Layer, number>>): NamedThread {
  const entries = Object.entries(layers) as [Layer, number][]
  const tree = emptyTree(name)
  const functions = entries.map(([layer, ticks]) => {
    const place = { name: `<${layer}>`, place: `${layer}.js:1`, layer }
    addStack(tree, [place], ticks)
    return { ...place, self: ticks, total: ticks }
  })
  const ticks = parked + entries.reduce((sum, [, count]) => sum + count, 0)
  // A tenth of its life without a tick.
  const lived = ticks / 0.9
  const all = new Map<Layer, number>([...entries, ['parked', parked]])
  return {
    name,
    role: 'worker',
    threadId: 1,
    log: 'x.log',
    lived,
    ticks,
    parked,
    layers: all,
    functions,
    tree,
  }
}

const THREADS = [
  thread('host', 0, { bench: 100, manager: 300 }),
  thread('worker 1', 900, { dispatch: 75, gc: 25 }),
]

describe('the table of layers', () => {
  it('has the layers that took time, in order, and never parked time', () => {
    expect(layerRows(THREADS)).toEqual([
      { layer: 'bench', ticks: [100, 0] },
      { layer: 'manager', ticks: [300, 0] },
      { layer: 'dispatch', ticks: [0, 75] },
      { layer: 'gc', ticks: [0, 25] },
    ])
  })

  it('shows shares of busy time per thread and of all threads', () => {
    const lines = renderLayerTable(THREADS).trimEnd().split('\n')
    const cells = lines.map((line) => line.trim().split(/ {2,}/).slice(0, 4))
    expect(cells).toEqual([
      ['host', 'worker 1', 'all'],
      ['lived', '0.44 s', '1.11 s', '1.56 s'],
      ['parked', '–', '81.0 %', '57.9 %'],
      ['unseen', '10.0 %', '10.0 %', '10.0 %'],
      ['busy', '90.0 %', '9.0 %', '32.1 %'],
      ['bench', '25.0 %', '–', '20.0 %'],
      ['manager', '75.0 %', '–', '60.0 %'],
      ['dispatch', '–', '75.0 %', '15.0 %'],
      ['gc', '–', '25.0 %', '5.0 %'],
    ])
  })

  it('lists the hottest functions of each thread', () => {
    expect(hottestFunctions(THREADS[0]!, 1).map(({ layer }) => layer)).toEqual(['bench'])
    expect(renderHotFunctions(THREADS, 5)).toMatch(
      /worker 1: busy 0\.10 s.*\n +75\.0 % +dispatch +<dispatch> +dispatch\.js:1/,
    )
  })

  it('writes a dash for nothing, also of nothing', () => {
    expect([formatShare(0, 5), formatShare(0, 0), formatShare(1, 8)]).toEqual(['–', '–', '12.5 %'])
  })
})

describe('the page of flame graphs', () => {
  const environment = {
    node: 'v20',
    platform: 'linux-x64',
    cpu: 'a <fast> one',
    cores: 2,
    loadAverage: 0,
    commit: 'abc',
    date: '2026-01-02',
  }
  const settings = { durationMs: 1000, warmupMs: 0, workers: 1 }
  const run = { environment, scenario: 'irp/x', settings, operationsPerSecond: 5 }
  const page = renderFlamePage(profileReport(run, THREADS))

  it('has a graph per thread, each a tree whose frames say what they are', () => {
    expect(page.match(/role="tree"/g)).toHaveLength(2)
    expect(page).toContain(
      'aria-label="&lt;manager&gt;, manager.js:1, layer manager: 75.0 % of the busy time, itself 75.0 %"',
    )
    expect(page).toMatch(/aria-level="2" aria-posinset="1" aria-setsize="2"/)
    expect(page.match(/tabindex="0" style/g)).toHaveLength(2)
  })

  it('escapes what comes from outside', () => {
    expect(page).toContain('a &lt;fast&gt; one')
    expect(page).not.toContain('<manager>')
  })

  it('needs nothing from anywhere else', () => {
    expect(page).not.toMatch(/(src|href)="(?!#)|url\(|@import|https?:/)
  })

  it('has a script that is one', () => {
    const script = /<script>([^]*)<\/script>/.exec(page)?.[1] ?? ''
    expect(script).toContain('ArrowDown')
    expect(() => new Script(script)).not.toThrow()
  })

  it('leaves small frames out of the JSON and the page', () => {
    const many = thread('host', 0, { bench: 1, manager: 9999 })
    const [report] = profileReport(run, [many]).threads
    expect(report?.tree.children.map(({ frame }) => frame.name)).toEqual(['<manager>'])
    expect(report?.layers).toEqual({ bench: 1, manager: 9999 })
  })
})
