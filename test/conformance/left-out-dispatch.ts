/**
 * Left out of sections 2.2 to 3.5 and 5: rules of KMDF that have no counterpart here, or none yet.
 */
import type { LeftOut } from './sections.js'

const NO_HANDLE_ACCESS = 'files are opened without access rights: every handle may do everything'
const NO_KERNEL_BUFFERS =
  'buffers lie in shared memory: there is no address space to cross, lock or probe'
const NO_DISPATCH_RETURN = 'no dispatch routine of a driver is called: requests come through rings'
const NO_OBJECT_SIZES = 'configurations are objects, not structures with a size'

export const LEFT_OUT_DISPATCH: readonly LeftOut[] = [
  {
    section: '2.2',
    rule: 'Minor codes of PNP and POWER',
    why: 'PnP and power are calls of the control plane, not requests',
  },
  {
    section: '2.4',
    rule: 'Associated requests count down their master',
    why: 'KMDF drivers have none either: they create requests of their own',
  },
  {
    section: '2.4',
    rule: 'PendingReturned and the propagation of the pending bit',
    why: 'the Framework pends every request: there is no bit to propagate',
  },
  {
    section: '2.5',
    rule: 'Marked pending if and only if STATUS_PENDING is returned',
    why: NO_DISPATCH_RETURN,
  },
  { section: '2.5', rule: 'Return exactly the completion status', why: NO_DISPATCH_RETURN },
  { section: '2.5', rule: 'Return what IoCallDriver returned', why: NO_DISPATCH_RETURN },
  {
    section: '2.6',
    rule: 'The cancel routine is called with the global cancel lock held',
    why: 'there is no lock: the worker that owns the request is the only one that decides',
  },
  {
    section: '2.7',
    rule: 'Buffered reads and writes against direct ones (MDLs)',
    why: NO_KERNEL_BUFFERS,
  },
  {
    section: '2.7',
    rule: 'METHOD_NEITHER needs probing in the caller’s context',
    why: NO_KERNEL_BUFFERS,
  },
  {
    section: '2.8',
    rule: 'A code whose access the handle lacks: ACCESS_DENIED',
    why: NO_HANDLE_ACCESS,
  },
  {
    section: '2.8',
    rule: 'User mode sends 0x0E only',
    why: 'every host is trusted alike and may send internal device controls',
  },
  {
    section: '3.1',
    rule: 'SHUTDOWN goes to EvtDeviceShutdownNotification',
    why: 'there are no control devices, and no system shutdown to be told of',
  },
  {
    section: '3.1',
    rule: 'SYSTEM_CONTROL goes to WMI',
    why: 'there is no WMI; a preprocess callback may take it',
  },
  {
    section: '3.1',
    rule: 'No request object can be allocated: INSUFFICIENT_RESOURCES',
    why: 'request objects are made with their channel: none is allocated on arrival',
  },
  {
    section: '3.1',
    rule: 'Preprocess callbacks per minor code',
    why: 'no request has a minor code other than 0',
  },
  {
    section: '3.1',
    rule: 'EvtIoInCallerContext runs in the requestor’s thread',
    why: 'callbacks cannot cross threads: it runs on the worker, before the queue',
  },
  { section: '3.2', rule: 'Wrong Config.Size: INFO_LENGTH_MISMATCH', why: NO_OBJECT_SIZES },
  {
    section: '3.2',
    rule: 'Non-default queue without an output handle: INVALID_PARAMETER_4',
    why: 'a queue is returned, not written through a pointer',
  },
  {
    section: '3.2',
    rule: 'A default or configured queue cannot be deleted',
    why: 'queues are never deleted by drivers: they live as long as their device',
  },
  {
    section: '3.2',
    rule: 'PowerManaged is forced to false on control devices',
    why: 'there are no control devices',
  },
  {
    section: '3.3',
    rule: 'L: two-phase completion, the source counts until the other side accepts',
    why: 'both queues live on one worker: a request moves in one step',
  },
  {
    section: '3.4',
    rule: 'Synchronous forms: passive level only, a watchdog after 60 s',
    why: 'they return promises, which block nothing; the watchdog belongs to the verifier',
  },
  {
    section: '3.5',
    rule: 'Which thread may dispatch; passive queues reached at raised level',
    why: 'a queue has one thread, and no levels are raised',
  },
  {
    section: '3.5',
    rule: 'The power reference of a queue that becomes empty',
    why: 'devices do not idle yet',
  },
  {
    section: '5.1',
    rule: 'Class extensions may not use device scope',
    why: 'there are no class extensions',
  },
  {
    section: '5.1',
    rule: 'Handlers run at PASSIVE_LEVEL or DISPATCH_LEVEL',
    why: 'there are no levels to run at: a level is checked and shown only',
  },
]
