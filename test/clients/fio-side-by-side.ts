/**
 * `node build/test/clients/fio-side-by-side.js [SECONDS] [ROUNDS]`: the same fio jobs against `irpool serve nbd` and
 * `nbdkit memory`, in turns, one server at a time having work; medians and their ratio. Needs fio and nbdkit.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { missing, run, ServerProcess } from './programs.js'

interface Job {
  readonly mode: string
  readonly blockSize: string
  readonly depth: number
}

const RANDOM: Job[] = ['randread', 'randwrite'].flatMap((mode) =>
  [1, 32, 128].map((depth) => ({ mode, blockSize: '4k', depth })),
)
const SEQUENTIAL: Job[] = ['read', 'write'].map((mode) => ({ mode, blockSize: '128k', depth: 16 }))

interface Figures {
  readonly iops: number
  readonly p99Us: number
}

/** One run of fio. */
async function measure(uri: string, job: Job, seconds: number): Promise<Figures> {
  const report = await run(
    'fio',
    '--name=job',
    '--ioengine=nbd',
    `--uri=${uri}`,
    `--rw=${job.mode}`,
    `--bs=${job.blockSize}`,
    `--iodepth=${job.depth}`,
    '--size=512M',
    '--time_based',
    `--runtime=${seconds}`,
    '--output-format=json',
  )
  interface Direction {
    iops: number
    clat_ns: { percentile?: Record<string, number> }
  }
  const { jobs } = JSON.parse(report.slice(report.indexOf('{'))) as {
    jobs: { error: number; read: Direction; write: Direction }[]
  }
  const [result] = jobs
  if (result === undefined || result.error !== 0) throw new Error('fio saw an error')
  const direction = result.read.iops > 0 ? result.read : result.write
  const p99Ns = direction.clat_ns.percentile?.['99.000000'] ?? Number.NaN
  return { iops: direction.iops, p99Us: p99Ns / 1000 }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number
}

async function compare(ours: string, theirs: string, seconds: number, rounds: number) {
  console.log('job                       irpool IOPS  p99 µs   nbdkit IOPS  p99 µs   ratio')
  for (const job of [...RANDOM, ...SEQUENTIAL]) {
    const runs: [Figures[], Figures[]] = [[], []]
    for (let round = 0; round < rounds; round++) {
      runs[0].push(await measure(ours, job, seconds))
      runs[1].push(await measure(theirs, job, seconds))
    }
    const [a, b] = runs.map((figures) => ({
      iops: median(figures.map(({ iops }) => iops)),
      p99Us: median(figures.map(({ p99Us }) => p99Us)),
    })) as [Figures, Figures]
    const name = `${job.mode} ${job.blockSize} depth ${job.depth}`
    const columns = [a.iops, a.p99Us, b.iops, b.p99Us].map((value) => Math.round(value).toString())
    const [x = '', y = '', z = '', w = ''] = columns
    console.log(
      `${name.padEnd(24)} ${x.padStart(12)} ${y.padStart(7)} ${z.padStart(13)} ${w.padStart(7)} ${(a.iops / b.iops).toFixed(2).padStart(7)}`,
    )
  }
}

const reason = missing('fio', 'nbdkit')
if (reason !== undefined) {
  console.log(`skipped: ${reason}`)
} else {
  const [seconds = 3, rounds = 3] = process.argv.slice(2).map(Number)
  const folder = mkdtempSync(join(tmpdir(), 'irpool-fio-'))
  const server = await ServerProcess.start(join(folder, 'ours'), '--size', '1G')
  const path = join(folder, 'theirs')
  const nbdkit = spawn('nbdkit', ['-f', '-U', path, 'memory', '1G'], { stdio: 'inherit' })
  try {
    while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 10))
    console.log(
      `${availableParallelism()} processors, load ${loadavg()[0]?.toFixed(1)} before the start, ${rounds} rounds of ${seconds} s`,
    )
    await compare(server.uri(), `nbd+unix:///?socket=${path}`, seconds, rounds)
  } finally {
    nbdkit.kill()
    await server.stop()
    rmSync(folder, { recursive: true })
  }
}
