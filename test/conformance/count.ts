/**
 * Runs the conformance suite and counts what it covers: `npm run conformance`. Prints the rules of each
 * section, then those that were left out and why (every `left-out*.ts` beside this file exports some).
 * Runs on: a process of its own; exits with 1 when a rule does not hold.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Assertion, runVitest } from '../harness/vitest-report.js'
import { type LeftOut, SECTIONS } from './sections.js'

/** The section that a test's own name, or that of a group around it, starts with. */
function sectionOf({ title, fullName }: Assertion): string {
  return (/^\d\.\d/.exec(title) ?? /(?:^|\s)(\d\.\d)\b/.exec(fullName))?.[0].trim() ?? 'other'
}

async function leftOut(): Promise<LeftOut[]> {
  const entries: LeftOut[] = []
  const here = import.meta.dirname
  for (const name of readdirSync(here).filter((file) => /^left-out.*\.js$/.test(file))) {
    const module = (await import(join(here, name))) as Record<string, unknown>
    for (const value of Object.values(module)) {
      if (Array.isArray(value)) entries.push(...(value as LeftOut[]))
    }
  }
  return entries.toSorted((a, b) => a.section.localeCompare(b.section))
}

const { testResults } = runVitest(['test/conformance'])
const assertions = testResults.flatMap((file) => file.assertionResults)
const failed = assertions.filter(({ status }) => status === 'failed')
const broken = testResults.filter((file) => file.assertionResults.length === 0)
const omitted = await leftOut()

const count = (list: readonly { section: string }[], section: string): number =>
  list.filter((entry) => entry.section === section).length
const held = assertions
  .filter(({ status }) => status === 'passed')
  .map((assertion) => ({ section: sectionOf(assertion) }))
const known = Object.keys(SECTIONS)
const others = [...new Set(held.map(({ section }) => section))].filter((s) => !known.includes(s))

console.log('section                             rules held   left out')
for (const section of [...known, ...others]) {
  const title = `${section} ${SECTIONS[section as keyof typeof SECTIONS] ?? ''}`.padEnd(34)
  const numbers = [count(held, section), count(omitted, section)]
  console.log(`${title}${String(numbers[0]).padStart(12)}${String(numbers[1]).padStart(11)}`)
}
console.log(
  `${'in all'.padEnd(34)}${String(held.length).padStart(12)}${String(omitted.length).padStart(11)}`,
)
console.log('\nLeft out:')
for (const { section, rule, why } of omitted) console.log(`  ${section} ${rule}\n      ${why}`)
for (const { fullName, failureMessages } of failed) {
  console.error(`\nnot held: ${fullName}\n${failureMessages.join('\n')}`)
}
for (const { name, message = '' } of broken) console.error(`\ncould not run: ${name}\n${message}`)
process.exitCode = failed.length + broken.length > 0 ? 1 : 0
