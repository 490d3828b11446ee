/**
 * Framework worker: the one endless task that each Piscina worker runs.
 * Runs on: worker. Ends when main stores STOP; everything else that ends it is a death.
 */
import { threadId } from 'node:worker_threads'
import * as Comlink from 'comlink'
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs'
import type { WorkerEvent, WorkerTask } from './control-plane.js'
import { WorkerBody } from './worker-body.js'

/** Runs one Framework worker until it is told to stop. */
export default async function frameworkWorker(task: WorkerTask): Promise<void> {
  const { control, events } = task
  const tell = (event: WorkerEvent): void => events.postMessage(event)
  // The control port's listener is what keeps this thread's event loop alive while it sleeps there.
  const body = await WorkerBody.make(task, tell)
  const failInPlace = (error: Error): void => body.failInPlace(error)
  Comlink.expose(body.control, nodeEndpoint(control))
  process.on('uncaughtException', failInPlace)
  tell({ kind: 'ready', threadId })
  try {
    await body.loop.run()
  } finally {
    process.off('uncaughtException', failInPlace)
    control.close()
    events.close()
  }
}
