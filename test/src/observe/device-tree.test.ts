import { describe, expect, it } from 'vitest'
import type { DeviceDescription, QueueDescription } from '../../../src/irp/device-description.js'
import { renderTree } from '../../../src/observe/device-tree.js'

const queue: QueueDescription = {
  dispatchType: 'sequential',
  synchronizationScope: 'device',
  isDefault: true,
  powerManaged: true,
  requestTypes: ['read', 'write'],
  worker: 0,
}

function level(name: string, more: Partial<DeviceDescription> = {}): DeviceDescription {
  return {
    id: 0,
    name,
    driver: `file:///drivers/${name.replace('/', '-')}.js`,
    homeWorker: 0,
    role: 'function',
    synchronizationScope: 'device',
    below: [],
    queues: [queue],
    routes: [],
    ...more,
  }
}

const stack = level('disk', {
  role: 'filter',
  below: [
    level('disk/1', {
      queues: [queue, { ...queue, dispatchType: 'manual', isDefault: false, requestTypes: [] }],
    }),
    level('disk/2', { role: 'bus', driver: 'data:text/javascript,0', queues: [] }),
  ],
})

/** The driver as it is printed. */
function driverOf(driver: string): string | undefined {
  return /driver (.*)/.exec(renderTree([level('a', { driver })]))?.[1]
}

describe('renderTree', () => {
  it('draws a stack from the top to the bottom, each level with its queues', () => {
    expect(renderTree([stack], { width: 100 })).toBe(
      [
        'device node disk, 3 levels, worker 0',
        '├─ filter DO disk, driver disk.js',
        '│  └─ sequential queue, default: read write, scope device, power-managed',
        '├─ FDO disk/1, driver disk-1.js',
        '│  ├─ sequential queue, default: read write, scope device, power-managed',
        '│  └─ manual queue, forwarded requests, scope device, power-managed',
        '└─ PDO disk/2, driver data: URL',
        '',
      ].join('\n'),
    )
  })

  it('draws with plain ASCII when asked to', () => {
    const text = renderTree([stack], { ascii: true })
    expect(text).toMatch(/^[\n\x20-\x7e]+$/)
    expect(text).toContain('|  `- sequential queue')
  })

  it('stays within a narrow terminal', () => {
    const lines = renderTree([stack], { width: 40 }).split('\n')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40)
    expect(lines).toContain('│  └─ sequential queue,')
    expect(lines).toContain('│        default: read write,')
  })

  it('says where a queue is that is not at home, and what nobody set', () => {
    const queues = [
      { ...queue, worker: 1 },
      { ...queue, worker: -1, synchronizationScope: 'inherit' as const, powerManaged: false },
    ]
    const text = renderTree([level('spread', { queues })], { width: 100 })
    expect(text).toContain('scope device, worker 1, power-managed')
    expect(text).toContain('scope inherited, all workers,')
    expect(text).toContain('not power-managed')
    expect(text).toContain('device node spread, 1 level, worker 0')
  })

  it('names a driver by the last part of its URL, as it is written', () => {
    expect(driverOf('file:///a/my%20driver.js?v=2')).toBe('my driver.js')
    expect(driverOf('file:///a/100%.js')).toBe('100%.js')
    expect(driverOf('https://example.org/')).toBe('https://example.org/')
  })

  it('says so when there is none', () => {
    expect(renderTree([])).toBe('no devices\n')
  })
})
