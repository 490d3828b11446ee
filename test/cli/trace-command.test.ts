import { describe, expect, it } from 'vitest'
import { fileURLToPath } from 'node:url'
import { runCommandLine } from '../../src/cli/command-line.js'
import { traceCommand } from '../../src/cli/trace-command.js'

const file = fileURLToPath(new URL('../fixtures/drivers/power-pages.ts', import.meta.url))

async function run(...argv: string[]) {
  let stdout = ''
  let stderr = ''
  const streams = {
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
  }
  const code = await runCommandLine(['trace', ...argv], [traceCommand], streams)
  return { code, stdout, stderr }
}

describe('irpool trace', () => {
  it('prints the time line of a driver in a file', async () => {
    const { code, stdout } = await run(file, 'wake', '--own')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ +ms +callback +result +PnP +power +power policy\n/)
    expect(stdout).toMatch(/5000 +EvtDeviceArmWakeFromS0 +ok +Started +GotoDx +TimerExpired/)
    expect(stdout).toMatch(/\nend: PnP Started, power D0, power policy StartedWakeCapable\n$/)
    expect(stdout).not.toContain('queues hold')
  })

  it('knows the drivers that come along, by name, and URLs', async () => {
    const { stdout } = await run('null', 'start')
    expect(stdout).toMatch(/\. +EvtDevicePrepareHardware/)
    const url = new URL('../fixtures/drivers/power-pages.ts', import.meta.url).href
    expect((await run(url, 'start')).code).toBe(0)
  })

  it('lets callbacks fail', async () => {
    const { stdout } = await run(file, 'start', '--fail', 'EvtDeviceD0Entry=STATUS_DEVICE_BUSY')
    expect(stdout).toMatch(/EvtDeviceD0Entry\(D3Final\) +STATUS_DEVICE_BUSY/)
    expect((await run(file, 'idle', '--fail', 'EvtDeviceD0Exit')).stdout).toContain(
      'STATUS_UNSUCCESSFUL',
    )
  })

  it('is 1 when a callback does not come back, and says which', async () => {
    const parameters = JSON.stringify({ hangAt: 'EvtDeviceD0Entry' })
    const { code, stdout } = await run(
      file,
      'start',
      '--parameters',
      parameters,
      '--timeout',
      '0.02',
    )
    expect(code).toBe(1)
    expect(stdout).toContain('EvtDeviceD0Entry has not come back')
  })

  it('prints data', async () => {
    const { stdout } = await run(file, 'start', '--json')
    const trace = JSON.parse(stdout) as { scenario: string; lines: unknown[] }
    expect(trace.scenario).toBe('start')
    expect(trace.lines.length).toBeGreaterThan(10)
  })

  it('explains itself', async () => {
    const { code, stdout } = await run('--help')
    expect(code).toBe(0)
    expect(stdout).toMatch(/Usage: irpool trace DRIVER SCENARIO[^]*surprise-removal +pulled out/)
  })

  it.each([
    [[], 'expected a DRIVER and a SCENARIO'],
    [['null'], 'expected a SCENARIO: one of start, stop'],
    [['null', 'strat'], "unknown scenario 'strat'; did you mean 'start'?"],
    [['nul', 'start'], "no driver 'nul'; did you mean 'null'?: give null, echo, ramdisk"],
    [['null', 'start', '--fail', 'EvtDeviceD0Exit=7'], "'7' is no failure status"],
    [['null', 'start', '--fail', 'D0Exit'], "no callback is called 'D0Exit'"],
    [['null', 'start', '--fail', 'EvtDeviceD0Exit=STATUS_SUCCESS'], 'is no failure status'],
    [['null', 'start', '--parameters', '[1]'], "--parameters '[1]': expected a JSON object"],
    [['null', 'start', '--parameters', '{'], "--parameters '{': expected a JSON object"],
    [['null', 'start', '--timeout', '0'], '--timeout'],
  ])('refuses %j', async (argv, message) => {
    const { code, stderr, stdout } = await run(...argv)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
  })
})
