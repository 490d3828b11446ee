import { describe, expect, it } from 'vitest'
import { engineBytes } from '../../../src/abi/engine-layout.js'
import type { LineDescriptor } from '../../../src/irp/interrupt-block.js'
import { checkLines, homeOfHardware, linesOf } from '../../../src/manager/device-hardware.js'
import { WorkerLines } from '../../../src/manager/worker-lines.js'

const lines = new WorkerLines(3, new SharedArrayBuffer(engineBytes(3)))

function hardwareOn(...workers: number[]): { interrupts: { line: LineDescriptor }[] } {
  const interrupts = workers.map((worker) => ({ line: lines.allocate(worker, 1)[0]! }))
  return { interrupts }
}

const refusal = (text: string): unknown =>
  expect.objectContaining({
    code: 'ERR_IRP_OPTION',
    message: expect.stringContaining(text) as string,
  })

describe('homeOfHardware', () => {
  it('is the worker of the lines, also of cloned ones; else what was wished', () => {
    const hardware = hardwareOn(2, 2)
    expect(homeOfHardware('disk0', hardware, undefined, 3)).toBe(2)
    expect(homeOfHardware('disk0', structuredClone(hardware), 2, 3)).toBe(2)
    expect(homeOfHardware('disk0', undefined, 1, 3)).toBe(1)
    expect(homeOfHardware('disk0', { bar: new SharedArrayBuffer(8) }, undefined, 3)).toBeUndefined()
  })

  it('refuses lines of another engine', () => {
    const foreign = new WorkerLines(5, new SharedArrayBuffer(engineBytes(5))).allocate(4, 1)
    const [line] = foreign
    for (const word of [line!.doorbell.word, 3]) {
      const moved = { ...line!, doorbell: { ...line!.doorbell, word } }
      const hardware = { interrupts: [{ line: moved }] }
      expect(() => homeOfHardware('disk0', hardware, undefined, 3)).toThrow(
        refusal('another engine'),
      )
    }
  })

  it('refuses lines of several workers, and another worker than theirs', () => {
    expect(() => homeOfHardware('disk0', hardwareOn(0, 1), undefined, 3)).toThrow(
      refusal('workers 0 and 1'),
    )
    expect(() => homeOfHardware('disk0', hardwareOn(1), 0, 3)).toThrow(refusal('those of worker 1'))
  })
})

it.each([
  1,
  null,
  'disk',
  { interrupts: 1 },
  { interrupts: [null] },
  { interrupts: [{}] },
  { interrupts: [{ line: { line: 0, block: new SharedArrayBuffer(8) } }] },
  { bar: new ArrayBuffer(8) },
])('hardware %o is refused', (hardware) => {
  expect(() => linesOf('disk0', hardware)).toThrow(refusal('"disk0"'))
})

it('lines that a device has, and what is no line, are not released', () => {
  const given = lines.allocate(0, 2)
  expect(checkLines(given, () => undefined)).toBe(given)
  expect(() => checkLines(given, (line) => (line === given[1] ? 'disk0' : undefined))).toThrow(
    refusal('"disk0"'),
  )
  for (const wrong of [undefined, 1, [1], [null], [{}]]) {
    expect(() => checkLines(wrong, () => undefined)).toThrow(refusal('takes what'))
  }
})
