/**
 * References of one Framework object: its own, and those that its driver added, by tag.
 * Runs on: worker. Source: WdfObjectReferenceWithTag and its like; kmdf.md 7.2.
 */

/** References with one tag that have not been taken back. */
export interface TaggedReferences {
  readonly tag: string
  readonly count: number
}

export class ObjectReferences {
  /** The object's own, and all that were added. */
  count = 1
  #isOwn = true
  /** Added with a tag. */
  #tags: Map<string, number> | null = null

  add(tag: string): void {
    this.count++
    if (tag === '') return
    this.#tags ??= new Map()
    this.#tags.set(tag, (this.#tags.get(tag) ?? 0) + 1)
  }

  /** False when the driver has no such reference. */
  remove(tag: string): boolean {
    if (tag === '') {
      if (this.#untagged === 0) return false
    } else {
      const held = this.#tags?.get(tag) ?? 0
      if (held === 0) return false
      if (held === 1) this.#tags?.delete(tag)
      else this.#tags?.set(tag, held - 1)
    }
    this.count--
    return true
  }

  /** The object is used again: nobody held it any more. */
  begin(): void {
    this.count = 1
    this.#isOwn = true
  }

  /** The object's own goes. Once. */
  dropOwn(): void {
    this.#isOwn = false
    this.count--
  }

  byTag(): TaggedReferences[] {
    const tagged = Array.from(this.#tags ?? [], ([tag, count]) => ({ tag, count }))
    const untagged = this.#untagged
    return untagged === 0 ? tagged : [{ tag: '', count: untagged }, ...tagged]
  }

  get #untagged(): number {
    let added = this.count - (this.#isOwn ? 1 : 0)
    for (const count of this.#tags?.values() ?? []) added -= count
    return added
  }
}
