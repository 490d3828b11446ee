/**
 * comlink-worker.ts: the callee: success, all bytes done.
 *
 * Runs on: a worker thread.
 */
import { parentPort } from 'node:worker_threads'
import { expose } from 'comlink'
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs'
import { STATUS_SUCCESS } from './closed-loop.js'

const remoteDevice = {
  dispatch(_major: number, _device: number, _offset: number, length: number) {
    return { status: STATUS_SUCCESS, information: length }
  },
}

export type RemoteDevice = typeof remoteDevice

expose(remoteDevice, nodeEndpoint(parentPort!))
