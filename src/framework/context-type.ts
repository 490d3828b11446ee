/**
 * Context types: what drivers keep with Framework objects, by type; several types an object.
 * Runs on: worker. Source: WDF_DECLARE_CONTEXT_TYPE_WITH_NAME, WdfObjectAllocateContext; kmdf.md 7.2.
 */

/** A type of context. Two declarations are two types, whatever their names. */
export interface ContextType<Context extends object = object> {
  /** In messages. */
  readonly name: string
  /** A new, empty context (KMDF: zero-filled). */
  create(): Context
  /** Makes a used one empty again: objects that are used again keep it then, and nothing is allocated. */
  reset?(context: Context): void
}

/**
 * Declares a type of context. `create` makes an empty one. With `reset`, which empties a used one, a context of
 * requests is made once a request object instead of once a request.
 */
export function declareContext<Context extends object>(
  name: string,
  create: () => Context,
  reset?: (context: Context) => void,
): ContextType<Context> {
  if (typeof create !== 'function') {
    throw new TypeError(`context type "${name}" needs a function that creates an empty context`)
  }
  return reset === undefined ? { name, create } : { name, create, reset }
}
