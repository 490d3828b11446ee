/**
 * parse-options.ts: node:util's parseArgs with messages that name the option, the value and what is allowed.
 *
 * Runs on: the main thread of the command.
 */
import { parseArgs } from 'node:util'
import { suggest } from './edit-distance.js'
import { UsageError } from './usage-error.js'

export interface OptionSpecification {
  readonly type: 'boolean' | 'string'
  readonly short?: string
}

export interface NumberRange {
  /** Inclusive, like max. */
  readonly min: number
  readonly max: number
  readonly integer?: boolean
  /** Named in the message, e.g. `seconds`. */
  readonly unit?: string
}

/** What a command line said. */
export class ParsedOptions<Name extends string> {
  readonly positionals: readonly string[]
  readonly #command: string
  readonly #values: ReadonlyMap<string, string | true>

  constructor(
    command: string,
    values: ReadonlyMap<string, string | true>,
    positionals: readonly string[],
  ) {
    this.#command = command
    this.#values = values
    this.positionals = positionals
  }

  /** True when the option was given, with or without a value. */
  has(name: Name): boolean {
    return this.#values.has(name)
  }

  /** The value of a string option; undefined when it was not given. */
  text(name: Name): string | undefined {
    const value = this.#values.get(name)
    return value === true ? undefined : value
  }

  /** The number a string option means, or `otherwise`. Throws UsageError when it is none or out of range. */
  number(name: Name, otherwise: number, range: NumberRange): number {
    const text = this.text(name)
    return text === undefined ? otherwise : toNumber(this.#command, name, text, range)
  }
}

/**
 * Parses a command line; `expected` names the words that may follow besides options. Throws UsageError on
 * an unknown option, a missing or superfluous value and on a word too many. Given twice counts as last given.
 */
export function parseOptions<Name extends string>(
  command: string,
  argv: readonly string[],
  options: Readonly<Record<Name, OptionSpecification>>,
  expected: readonly string[] = [],
): ParsedOptions<Name> {
  // Not strict: the checks below say more than node's own messages do.
  const { tokens } = parseArgs({
    args: [...argv],
    options: { ...options },
    strict: false,
    tokens: true,
  })
  const values = new Map<string, string | true>()
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind === 'option') values.set(token.name, checkedValue(command, options, token))
  }
  const superfluous = positionals[expected.length]
  if (superfluous !== undefined) {
    const allowed =
      expected.length === 0 ? 'only options' : `only ${expected.join(' ')} and options`
    throw new UsageError(command, `unexpected '${superfluous}': expected ${allowed}`)
  }
  return new ParsedOptions<Name>(command, values, positionals)
}

interface OptionToken {
  readonly name: string
  readonly rawName: string
  readonly value?: string | undefined
  readonly inlineValue?: boolean | undefined
}

function checkedValue(
  command: string,
  options: Readonly<Record<string, OptionSpecification>>,
  { name, rawName, value, inlineValue }: OptionToken,
): string | true {
  const specification = Object.hasOwn(options, name) ? options[name] : undefined
  if (specification === undefined) {
    const known = Object.keys(options).map((option) => `--${option}`)
    throw new UsageError(command, `unknown option '${rawName}'${suggest(rawName, known)}`)
  }
  if (specification.type === 'boolean') {
    if (value === undefined) return true
    throw new UsageError(command, `${rawName} '${value}': this option takes no value`)
  }
  // `--json --quick` means that the file was forgotten; `--duration -1` is a number, if a wrong one.
  const isMissing = value === undefined || value === ''
  if (isMissing || (inlineValue !== true && /^-[^\d.]/.test(value))) {
    throw new UsageError(command, `${rawName}: a value is missing after it`)
  }
  return value
}

function toNumber(
  command: string,
  option: string,
  text: string,
  { min, max, integer = false, unit }: NumberRange,
): number {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max && (!integer || Number.isInteger(value))) return value
  const kind = integer ? 'a whole number' : 'a number'
  const of = unit === undefined ? '' : ` of ${unit}`
  throw new UsageError(
    command,
    `--${option} '${text}': expected ${kind}${of} from ${min} to ${max}`,
  )
}
