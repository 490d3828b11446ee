/**
 * readme-table.ts: writes the figures of a run into a README.
 *
 *   irpool bench --json run.json
 *   node build/bench/readme-table.js run.json README.md
 *
 * Runs on: the main thread of a process of its own. Exit codes: 0 written, 1 not possible, 2 usage.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { readReport } from './report-json.js'
import { renderHeadline, renderMarkdown, replaceBlock } from './report-markdown.js'

const [resultFile, readmeFile, ...superfluous] = process.argv.slice(2)
if (resultFile === undefined || readmeFile === undefined || superfluous.length > 0) {
  process.stderr.write('Usage: node build/bench/readme-table.js RESULT.json README.md\n')
  process.exitCode = 2
} else {
  try {
    const report = readReport(resultFile)
    if (report.interrupted === true) throw new Error(`${resultFile}: this run was interrupted`)
    const readme = readFileSync(readmeFile, 'utf8')
    const withAll = replaceBlock(readme, 'all', renderMarkdown(report))
    writeFileSync(readmeFile, replaceBlock(withAll, 'headline', renderHeadline(report)))
  } catch (error) {
    process.stderr.write(`readme-table: ${readmeFile}: ${String(error)}\n`)
    process.exitCode = 1
  }
}
