/**
 * Source hooks: how the shipped modules are loaded for the checker: the access port replaced by the stepping one,
 * and, for a mutant, one place of the text changed. Runs on: Node's module loader thread.
 *
 * A module asked for as `…?variant=NAME` and everything it imports from src and native-sim get a copy of their own.
 */
import type { LoadHook, ResolveHook } from 'node:module'

/** A change of the built text: `from` must be there exactly once. */
export interface Patch {
  /** Path from the build's src folder, or from the build if it is native-sim's; without extension. */
  readonly file: string
  readonly from: string
  readonly to: string
}

export interface HookData {
  /** URL of the stepping access port. */
  readonly port: string
  /** Changes of each variant. */
  readonly variants: Readonly<Record<string, readonly Patch[]>>
}

const PORT = '/src/sharedarraybuffer-queue/access.js'
const QUERY = '?variant='
const COPIED = /\/build\/(?:src|native-sim)\//

let data: HookData

export function initialize(given: HookData): void {
  data = given
}

function variantOf(url: string | undefined): string | undefined {
  const at = url?.indexOf(QUERY) ?? -1
  return at < 0 ? undefined : url?.slice(at + QUERY.length)
}

export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  const resolved = await nextResolve(specifier, context)
  const variant = variantOf(context.parentURL)
  if (variant === undefined || !COPIED.test(resolved.url)) return resolved
  if (resolved.url.endsWith(PORT)) return { ...resolved, url: data.port, shortCircuit: true }
  return { ...resolved, url: `${resolved.url}${QUERY}${variant}`, shortCircuit: true }
}

export const load: LoadHook = async (url, context, nextLoad) => {
  const loaded = await nextLoad(url, context)
  const variant = variantOf(url)
  if (variant === undefined) return loaded
  const patches = (data.variants[decodeURIComponent(variant)] ?? []).filter(({ file }) =>
    url.includes(`${file.startsWith('native-sim/') ? '/' : '/src/'}${file}.js${QUERY}`),
  )
  if (patches.length === 0) return loaded
  let source = Buffer.from(loaded.source as Uint8Array).toString()
  for (const { file, from, to } of patches) {
    const count = source.split(from).length - 1
    if (count !== 1) {
      throw new Error(
        `the mutant "${decodeURIComponent(variant)}" finds its place ${count} times in ${file}, not once: ` +
          `the source has changed, so change the mutant's text:\n${from}`,
      )
    }
    source = source.replace(from, () => to)
  }
  return { ...loaded, source }
}
