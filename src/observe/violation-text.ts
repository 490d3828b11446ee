/**
 * Violation text: a violation report for people, a line for each thing that one wants to know. Runs on: any thread.
 */
import type { RequestEvent, ViolationReport } from '../irp/violation-report.js'

/** The report as text, several lines, without a newline at the end. */
export function formatViolation(report: ViolationReport): string {
  const { rule, explanation, message, advice, callback, device, worker, site, request } = report
  const lines = [
    `${rule}: ${message}`,
    `  rule     ${explanation}`,
    `  device   "${device}" on worker ${worker}, in ${callback}`,
    `  driver   ${report.driver}`,
    `  at       ${site === '' ? 'no call of the driver’s' : site}`,
  ]
  if (request !== null) {
    const { slot, channel, majorFunction, isDriverCreated } = request
    const what = isDriverCreated
      ? 'request of the driver’s own'
      : `request of major ${majorFunction}`
    lines.push(`  request  ${what}, slot ${slot} of channel ${channel}`)
    lines.push(...report.history.map(formatEvent))
  }
  lines.push(`  to do    ${advice}`)
  return lines.join('\n')
}

function formatEvent({ what, site, afterMs }: RequestEvent): string {
  return `    ${afterMs.toFixed(3).padStart(10)} ms  ${what}${site === '' ? '' : `  at ${site}`}`
}
