/**
 * Real programs as clients: finds them, runs them, and serves them a disk in a process of its own.
 * A test asks `missing` first and skips with what it says.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** The built command, found from the sources and from the build alike. */
const manifest = createRequire(import.meta.url).resolve('irpool/package.json')
const command = join(dirname(manifest), 'build/src/cli/irpool.js')
const START_MS = 20_000
const RUN_MS = 60_000

/** Why a test cannot run: the first program that is not there; undefined when all are. */
export function missing(...programs: readonly string[]): string | undefined {
  const absent = programs.find(
    (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0,
  )
  return absent === undefined ? undefined : `${absent} is not installed`
}

/** Skips the test, and says why, also where the reporter would not. */
export function skipIf(reason: string | undefined, context: { skip(note?: string): void }): void {
  if (reason === undefined) return
  console.log(`skipped: ${reason}`)
  context.skip(reason)
}

/** Runs a program to its end; rejects with what it said when it fails. Returns its standard output. */
export function run(program: string, ...parameters: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: RUN_MS, maxBuffer: 1 << 26 }
    execFile(program, parameters, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else
        reject(
          new Error(`${program} ${parameters.join(' ')}: ${error.message}\n${stdout}${stderr}`),
        )
    })
  })
}

/** `irpool serve nbd` as a process. */
export class ServerProcess {
  readonly child: ChildProcess
  readonly socket: string
  #output = ''

  private constructor(socket: string, options: readonly string[]) {
    this.socket = socket
    const words = [command, 'serve', 'nbd', '--socket', socket, '--json', ...options]
    this.child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text
    })
  }

  static async start(socket: string, ...options: readonly string[]): Promise<ServerProcess> {
    const server = new ServerProcess(socket, options)
    const deadline = performance.now() + START_MS
    while (!server.#output.includes('serving')) {
      if (server.child.exitCode !== null || performance.now() > deadline) {
        throw new Error(`the server does not start: ${server.#output}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    return server
  }

  uri(name = 'disk'): string {
    return `nbd+unix:///${name}?socket=${this.socket}`
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL')
  }

  /** Ends it in order; returns its last line of statistics. */
  async stop(): Promise<Record<string, unknown>> {
    await this.#end('SIGTERM')
    return JSON.parse(this.#output.trim().split('\n').at(-1) ?? '{}') as Record<string, unknown>
  }

  #end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return Promise.resolve()
    return new Promise((resolve) => {
      this.child.once('close', () => resolve())
      this.child.kill(signal)
    })
  }
}
