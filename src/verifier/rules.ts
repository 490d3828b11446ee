/**
 * The rules that the verifier knows: the 88 of Static Driver Verifier's KMDF set that mean something outside of
 * Windows (devtest/kmdf-*.md; the other 34 are about init blocks, PDO lists, USB and pool), and of KMDF Verifier the
 * lock order and the references to a completed request's memory. Each is checked at run time, or says why it need not be. Runs on: any thread.
 */
import { LOCK_RULES } from './rules-of-locks.js'
import { QUEUE_RULES } from './rules-of-queues.js'
import { REQUEST_RULES } from './rules-of-requests.js'
import { BUFFER_RULES } from './rules-of-buffers.js'
import type { Rule } from './rule.js'

/** All rules by name. */
export const VERIFIER_RULES: ReadonlyMap<string, Rule> = new Map(
  [...REQUEST_RULES, ...BUFFER_RULES, ...QUEUE_RULES, ...LOCK_RULES].map((rule) => [
    rule.name,
    rule,
  ]),
)

/** Names of the rules that are checked. */
export const CHECKED_RULES: readonly string[] = [...VERIFIER_RULES.values()]
  .filter(({ standing }) => standing === 'checked')
  .map(({ name }) => name)
