/**
 * Rules of sections 2.1, 2.3, 2.4 and 4.4 that no test checks, with the reason. Read by the counter.
 * Runs on: the reporter's own thread.
 */
export interface LeftOut {
  readonly section: string
  readonly rule: string
  readonly why: string
}

export const leftOut: readonly LeftOut[] = [
  {
    section: '2.1',
    rule: 'CurrentLocation and StackCount, NO_MORE_IRP_STACK_LOCATIONS, MULTIPLE_IRP_COMPLETE_REQUESTS',
    why: 'there is no location array: a level has a request object of its own, so locations cannot run out; completing twice is checked as a violation in 2.4',
  },
  {
    section: '2.3',
    rule: 'passive only: waiting for a sent request',
    why: 'a wait is a promise here and blocks no level; there is no IRQL to forbid it at',
  },
  {
    section: '2.4',
    rule: 'PendingReturned and its propagation by completion routines',
    why: 'every request is pending until its completion is published; there is no bit to propagate',
  },
  {
    section: '2.4',
    rule: 'invoke on success, on error, on cancel as separate conditions of a completion routine',
    why: 'WDF routines are always called; the separate conditions are WDM’s',
  },
  {
    section: '2.4',
    rule: 'associated IRPs and IrpCount',
    why: 'no master IRPs: a driver creates requests and counts them itself',
  },
  {
    section: '4.4',
    rule: 'ClosedForQueryRemove, EvtIoTargetQueryRemove, RemoveComplete, RemoveCanceled',
    why: 'no query-remove: a device that is removed answers STATUS_NO_SUCH_DEVICE',
  },
  {
    section: '4.4',
    rule: 'too few stack locations → REQUEST_NOT_ACCEPTED',
    why: 'locations cannot run out, see 2.1',
  },
  {
    section: '4.4',
    rule: 'absolute time-outs',
    why: 'timeoutMs is relative; a driver subtracts',
  },
  {
    section: '4.4',
    rule: 'completion references: the atomic counter of a sent request',
    why: 'one worker decides a request’s end, so cancel and completion never race; the random schedules of 4.4 check exactly-once',
  },
  {
    section: '4.4',
    rule: 'cancelling another thread’s sent request under a reference and a lock',
    why: 'requests belong to one worker',
  },
]
