/**
 * The in-flight recorder: what a worker did last, for whoever looks after its death. One ring of records a
 * worker, in shared memory. Runs on: any thread. Numbers only. Source: KMDF's IFR; kmdf.md 8.4.
 *
 *   line 0      word 0  NEXT      number of the record to be written next, runs free in 32 bits (Atomics)
 *   line 1+     records of 8 words; record n lies at place n & (RECORDS - 1):
 *     +0  NUMBER   n + 1, stored last (Atomics); 0 while the others are being written
 *     +1  TIME     milliseconds since the engine started
 *     +2  CODE     RECORD_… below
 *     +3  A, +4 B, +5 C   what the code says
 *
 * One writer, the worker. A reader takes a record whose NUMBER is the same before and after it read the
 * rest. A death in the middle of a record leaves NUMBER 0: the record is not there.
 */
export const RECORDER_NEXT = 0
export const RECORDER_RECORDS_WORD = 32
export const RECORDER_RECORDS = 128
export const RECORD_SHIFT = 3
export const RECORD_NUMBER = 0
export const RECORD_TIME = 1
export const RECORD_CODE = 2
export const RECORD_A = 3
export const RECORD_B = 4
export const RECORD_C = 5

export const RECORDER_BYTES = (RECORDER_RECORDS_WORD + (RECORDER_RECORDS << RECORD_SHIFT)) * 4

export const RECORD_WORKER_STARTED = 1
export const RECORD_CHANNEL_ATTACHED = 2
export const RECORD_CHANNEL_DETACHED = 3
export const RECORD_DEVICE_ADDED = 4
export const RECORD_DEVICE_STARTED = 5
export const RECORD_DEVICE_STOPPING = 6
export const RECORD_DEVICE_REMOVED = 7
export const RECORD_DRIVER_FAULT = 8
export const RECORD_HOST_DIED = 9
/** A: device, B: the callback's number (callback-names), 0 = a step of the Framework's; C: status. */
export const RECORD_CALLBACK_FAILED = 10
export const RECORD_DEVICE_NOT_ADDED = 11
