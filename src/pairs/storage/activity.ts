/**
 * Activity: a time in which something is outstanding, as a promise that the Framework can wait for. One a busy
 * time, not one a request. Runs on: worker.
 */
export class Activity {
  end!: () => void
  readonly promise: Promise<void> = new Promise<void>((resolve) => {
    this.end = resolve
  })
}
