/**
 * Left out of section 7: rules of KMDF's object model that have no counterpart here, or a different one.
 */
import type { LeftOut } from './sections.js'

export const LEFT_OUT_OBJECTS: readonly LeftOut[] = [
  {
    section: '7.1',
    rule: 'WDFSTRING and WDFKEY',
    why: 'a string is a value in JavaScript; there is no registry',
  },
  {
    section: '7.1',
    rule: 'WMI providers and USB devices: the device, no other parent',
    why: 'neither exists here',
  },
  {
    section: '7.1',
    rule: 'Common buffer: its enabler, no other parent',
    why: 'common buffers are pieces of the hardware’s memory: they go back together, when the hardware is released',
  },
  {
    section: '7.1',
    rule: 'Spin lock and wait lock: the driver is the default parent',
    why: 'they are created through a device, and go with it unless another parent is chosen',
  },
  {
    section: '7.1',
    rule: 'Control devices may be deleted by their driver',
    why: 'every device is added and removed by a host',
  },
  {
    section: '7.2',
    rule: 'The twelve internal states of an object',
    why: 'they settle races between threads; an object belongs to one worker, and four states are left',
  },
  {
    section: '7.2',
    rule: 'Driver-made requests are in the tree from their creation',
    why: 'without attributes they join it when `request.object` is first asked for, so that a pool of them costs nothing',
  },
  {
    section: '7.3',
    rule: 'System-mode profiles',
    why: 'there is no system DMA controller',
  },
]
