/**
 * Self-managed I/O as a table: 14 states, 14 edges. A call in a state that does not list it changes nothing and
 * succeeds. Runs on: any thread; data only. Source: [WDF] selfmanagediostatemachine.cpp; kmdf.md 6.9.
 */
import { stateTable } from './state-table.js'

export type SelfManagedIoEvent = 'Start' | 'Suspend' | 'Flush' | 'Cleanup'

export const SELF_MANAGED_IO_TABLE = stateTable<SelfManagedIoEvent>()({
  Created: { open: true, on: { Start: 'Init', Flush: 'Created', Cleanup: 'Final' } },
  Init: { next: ['Started', 'InitFailed', 'Created', 'InitStartedFailedPost'] },
  InitFailed: { open: true, on: { Suspend: 'InitFailed', Flush: 'Flushing' } },
  InitStartedFailedPost: { next: ['InitFailed'] },
  Started: { open: true, on: { Suspend: 'Suspending' } },
  Suspending: { next: ['Stopped', 'Failed'] },
  Stopped: { open: true, on: { Start: 'Restarting', Suspend: 'Stopped', Flush: 'Flushing' } },
  Restarting: { next: ['Started', 'Failed', 'RestartedFailedPost'] },
  RestartedFailedPost: { next: ['Failed'] },
  Failed: { open: true, on: { Flush: 'Flushing', Suspend: 'Failed' } },
  Flushing: { next: ['Flushed'] },
  Flushed: { open: true, on: { Start: 'Restarting', Cleanup: 'Cleanup', Flush: 'Flushed' } },
  Cleanup: { next: ['Final'] },
  Final: {},
})

export type SelfManagedIoState = keyof typeof SELF_MANAGED_IO_TABLE
