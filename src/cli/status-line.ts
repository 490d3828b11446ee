/**
 * status-line.ts: one line of a terminal that is drawn again and again.
 *
 * Runs on: the main thread of the command. Draws nothing where nobody watches.
 */
import type { OutputStream } from './command.js'

export class StatusLine {
  readonly #stream: OutputStream
  #isDrawn = false

  constructor(stream: OutputStream) {
    this.#stream = stream
  }

  get isVisible(): boolean {
    return this.#stream.isTTY === true
  }

  /** Draws over what was there. */
  draw(text: string): void {
    if (!this.isVisible) return
    const width = (this.#stream.columns ?? 80) - 1
    this.#stream.write(`\r\u001b[K${text.slice(0, width)}`)
    this.#isDrawn = true
  }

  /** Takes the line away, so that other lines can be written. */
  clear(): void {
    if (this.#isDrawn) this.#stream.write('\r\u001b[K')
    this.#isDrawn = false
  }
}
