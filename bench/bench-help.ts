/**
 * bench-help.ts: what `irpool bench --help` says.
 *
 * Runs on: the main thread of the command.
 */
import { COMMAND, CUSTOM, FULL, QUICK } from './bench-options.js'
import { MAX_WORKERS } from './workload/workload-options.js'

export const HELP = `Usage: ${COMMAND} [options]

Measures how many requests per second another thread answers: through the engine, through what one would use
instead, and in C++ where there is a compiler. Every variant runs in a process of its own, in interleaved
rounds; every answer is checked; warm-up is excluded. Takes a minute and a half.

What runs:
  --quick             the most telling variants once, about ten seconds; a workload of your own: once
  --all               everything there is, some minutes
  --only PATTERN      comma-separated parts of names, or globs with * and ?
  --list              name all variants and run nothing; quick: part of --quick, extra: only with --all
  --runs N            rounds, 1 to 1000 (default ${FULL.runs}; ${QUICK.runs} with --quick)
  --duration SECONDS  measured window of each run, 0.01 to 3600 (default ${FULL.durationMs / 1000}; ${QUICK.durationMs / 1000} with --quick, ${CUSTOM.durationMs / 1000} for a workload)
  --workers N         worker threads that answer, 1 to ${MAX_WORKERS} (default 1)
  --trace FILE        a block I/O trace for the scenarios that replay one
  --timeline FILE     afterwards record some requests step by step, as a trace for ui.perfetto.dev

A workload of your own (any of these: it runs instead of the standard variants, beside those that --only names):
  --rate R            open loop: requests a second (200k, 2M) of all hosts together, or a share of the peak of
                      the same load (50%). Latency counts from the intended send time. Default: closed loop
  --arrival KIND      fixed or poisson (default fixed)
  --depth N           requests in flight, each host (default 64; 1024 with --rate)
  --batch N           requests per submit at most (default 32)
  --hosts N           threads that send, a channel each (default 1)
  --devices N         devices, requests go to them in turn (default 1)
  --stack N           drivers on top of each other, each device; those above hand requests on
  --dispatch TYPE     sequential or parallel (default sequential)
  --scope SCOPE       device, queue or none (default device)
  --handler H         null, spin:MICROSECONDS, async:MILLISECONDS, ramdisk, or a driver module's file
  --mix PERCENT       reads, the rest are writes (default 100)
  --block-size BYTES  of each request: 512, 4k (default 512)
  --wait-strategy S   busy-spin, adaptive, park or event-loop (default adaptive)
  --verify            check every byte that is read (ramdisk)
  --sweep NAME=a,b,c  one variant for each value of one of the options above, or of workers

Reports and judgements:
  --json FILE         also write the result as JSON (schema irpool-bench/1)
  --html FILE         also write one page with charts, for a browser without a network
  --markdown FILE     also write tables for a README
  --compare BASE      compare with the JSON of another run
  --fail-below SHARE  how much slower is a failure (default 5%); refuses to judge where the runs spread more
  --max-p99 TIME      a p99 above that is a failure: 200us, 1.5ms (rivals are exempt)
  -h, --help          this text

Examples:
  ${COMMAND} --quick
  ${COMMAND} --only 'rival/*' --runs 5
  ${COMMAND} --sweep depth=1,8,64,512 --batch 32 --html depth.html
  ${COMMAND} --handler ramdisk --mix 70 --block-size 4k --verify
  ${COMMAND} --rate 50% --arrival poisson --max-p99 500us
  ${COMMAND} --json base.json; …; ${COMMAND} --compare base.json --fail-below 5%
  irpool profile irp/batch/depth-1024    where the threads of one variant spend their time

Exit codes: 0 measured, 1 a variant failed or is slower than it may be, 2 wrong usage, 3 a wrong answer,
4 too noisy to compare, 130 interrupted (what was measured so far is printed).
`
