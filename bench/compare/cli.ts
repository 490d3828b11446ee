/**
 * cli.ts: the entry of `npm run bench:compare`: one call.
 *
 * Runs on: the main thread of a process of its own.
 */
import { runCompare } from './main.js'

process.exitCode = await runCompare(process.argv.slice(2), process)
