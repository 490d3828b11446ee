/**
 * Sections of the contract, and what is left out of them. Numbers and words only.
 */
export const SECTIONS = {
  '2.2': 'Major function codes',
  '2.3': 'Passing down',
  '2.4': 'Completion',
  '2.5': 'STATUS_PENDING',
  '2.6': 'Cancellation',
  '2.7': 'Buffers',
  '2.8': 'I/O control codes',
  '2.9': 'NTSTATUS',
  '3.1': 'From IRP to handler',
  '3.2': 'Creating queues and routing',
  '3.3': 'Where a request can be',
  '3.4': 'Queue states',
  '3.5': 'The dispatch loop',
  '3.6': 'Pulling requests',
  '3.7': 'Moving requests',
  '3.8': 'Power-managed queues',
  '3.9': 'Guaranteed forward progress',
  '4.1': 'Ownership',
  '4.2': 'Completion order',
  '4.3': 'Marking cancelable',
  '4.4': 'I/O targets',
  '5.1': 'Scope and execution level',
  '5.2': 'What is serialized with what',
  '7.1': 'Parents of objects',
  '7.2': 'Life cycle of objects',
  '7.3': 'DMA transactions',
  '8.3': 'Misuse of requests and queues',
} as const

export type Section = keyof typeof SECTIONS

/** A rule of KMDF that no test holds the engine against. */
export interface LeftOut {
  readonly section: string
  readonly rule: string
  readonly why: string
}
