/** A promise that the test settles: what a slow callback waits for. Runs on: the test's own thread. */
export class Gate {
  /** Settles the promises that were handed out. */
  open: (value?: unknown) => void = () => {}

  /** For use as a callback. */
  readonly wait = (): Promise<unknown> =>
    new Promise((resolve) => {
      this.open = resolve
    })
}
