import { expect, it } from 'vitest'
import { ChannelBuffer } from '../../../src/irp/channel-buffer.js'

it('says where in which channel it lies', () => {
  const bytes = new Uint8Array(new SharedArrayBuffer(512), 128, 100)
  const buffer = new ChannelBuffer(3, bytes)
  expect(buffer).toMatchObject({ channelId: 3, byteOffset: 128, byteLength: 100 })
  expect(buffer.bytes).toBe(bytes)
})
