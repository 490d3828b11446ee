/**
 * SIGTERM at random moments of a loaded process: exit code 0 and a balanced ledger each time.
 * IRPOOL_SIGNALS=200 for the long run.
 */
import { spawn } from 'node:child_process'
import { expect, it } from 'vitest'
import { packageRoot } from './built.js'

const COUNT = Number(process.env['IRPOOL_SIGNALS'] ?? 6)

const SCRIPT = `
  import { Engine, drivers } from './build/src/index.js'
  const engine = await Engine.start({ workers: 1, devices: [{ name: 'null', driver: drivers.null }] })
  engine.stopOnSignals({ onStopped: (ledger) => console.log(JSON.stringify(ledger)) })
  const file = await engine.open('null')
  const { bytes } = engine.channel.allocate(64)
  const client = async () => { for (;;) await file.read(bytes) }
  for (let i = 0; i < 64; i++) client().catch(() => {})
  console.log('loaded')
`

/** The ledger that the process told after a signal `delayMs` into its load, and its exit code. */
async function signalled(delayMs: number): Promise<{ code: number | null; ledger: string }> {
  const flags = ['--no-warnings', '--input-type=module', '-e', SCRIPT]
  const child = spawn(process.execPath, flags, {
    cwd: packageRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output === '') setTimeout(() => child.kill('SIGTERM'), delayMs)
    output += text
  })
  const killer = setTimeout(() => child.kill('SIGKILL'), 20_000)
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  clearTimeout(killer)
  return { code, ledger: output.trim().split('\n').at(-1) ?? '' }
}

it(
  `${COUNT} signals: everything accepted completes, exit code 0`,
  async () => {
    for (let i = 0; i < COUNT; i++) {
      const { code, ledger } = await signalled(Math.random() * 60)
      expect(code).toBe(0)
      const parsed = JSON.parse(ledger) as Record<string, number>
      expect(parsed).toMatchObject({ inFlight: 0, lost: 0, duplicates: 0 })
      expect(parsed['completed']).toBe(parsed['accepted'])
      expect(parsed['accepted']).toBeGreaterThan(64)
    }
  },
  20_000 * COUNT,
)
