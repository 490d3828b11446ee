/**
 * What the suite leaves out of sections 3.6 to 3.9, 4.1 to 4.3 and 8.3, and why. Runs on: any thread.
 */
import type { LeftOut } from './sections.js'

export const leftOutOfRequests: readonly LeftOut[] = [
  {
    section: '3.6',
    rule: 'find adds a reference that the caller drops',
    why: 'objects are collected; a tag names one IRP and goes stale by itself',
  },
  {
    section: '3.6',
    rule: 'find compares parameters',
    why: 'the driver reads the parameters of what it finds',
  },
  {
    section: '3.7',
    rule: 'ForwardToParentDeviceIoQueue',
    why: 'a bus and its children are levels of one stack here: a child sends down instead',
  },
  {
    section: '3.8',
    rule: 'a bug check after 60 s without an answer to EvtIoStop',
    why: 'stopping a device has a patience of its own, after which its requests end',
  },
  {
    section: '3.8',
    rule: 'the first request into an empty queue takes a power reference',
    why: 'idle support is tested with power policy (section 6)',
  },
  {
    section: '3.8',
    rule: 'client queues come up before class extension queues',
    why: 'there are no class extensions',
  },
  {
    section: '3.9',
    rule: 'a reserved request when the request object cannot be allocated',
    why: 'request objects are made with their slots: only the driver’s own resources can be short',
  },
  {
    section: '3.9',
    rule: 'PagingIO uses a reserved request for paging I/O',
    why: 'no host pages: the policy fails every request, which is tested',
  },
  {
    section: '3.9',
    rule: 'the verifier can force allocations to fail',
    why: 'EvtIoAllocateRequestResources is the driver’s own and can fail as it likes',
  },
  {
    section: '4.1',
    rule: 'tracking flags',
    why: 'KMDF’s private bits; each rule that they serve has a test',
  },
  {
    section: '4.2',
    rule: 'children are destroyed, memory references are checked',
    why: 'buffers are views without reference counts',
  },
  {
    section: '4.3',
    rule: 'a cancel callback that runs before the arming call returns, on another thread',
    why: 'a request’s callbacks run on one worker; before it returns is tested, beside it cannot be',
  },
  {
    section: '8.3',
    rule: 'a memory object still referenced at completion, too few stack locations',
    why: 'there are neither memory objects nor a fixed number of stack locations',
  },
  {
    section: '8.3',
    rule: 'deleting a default or configured queue, a queue call at the wrong level',
    why: 'queues live as long as their device; there is one level on a worker’s JavaScript thread',
  },
]
