/**
 * Rule: one rule of KMDF Verifier or Static Driver Verifier, and what becomes of it here. Runs on: any thread.
 */

/** checked: by the verifier, at run time. impossible: no driver can break it here. inapplicable: it is about nothing here. */
export type RuleStanding = 'checked' | 'impossible' | 'inapplicable'

export interface Rule {
  readonly name: string
  readonly standing: RuleStanding
  /** What it says, in one sentence. */
  readonly says: string
  /** checked: what to do about a violation. Otherwise: why it is not checked. */
  readonly note: string
}

export function checked(name: string, says: string, note: string): Rule {
  return { name, standing: 'checked', says, note }
}

export function impossible(name: string, says: string, note: string): Rule {
  return { name, standing: 'impossible', says, note }
}

export function inapplicable(name: string, says: string, note: string): Rule {
  return { name, standing: 'inapplicable', says, note }
}
