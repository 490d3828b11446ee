import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { ReplyStream } from '../../../src/nbd/reply-stream.js'

/** A socket that keeps what it is given. */
class FakeSocket {
  destroyed = false
  writes: string[] = []
  callbacks: (() => void)[] = []
  corks = 0
  cork(): void {
    this.corks++
  }
  uncork(): void {
    this.corks--
  }
  write(bytes: Uint8Array, callback?: () => void): boolean {
    this.writes.push(Buffer.from(bytes).toString('latin1') + (this.corks > 0 ? '*' : ''))
    if (callback !== undefined) this.callbacks.push(callback)
    return true
  }
}

function rig() {
  const memory = new SharedArrayBuffer(26)
  new Uint8Array(memory).set(Buffer.from('abcdefghijklmnopqrstuvwxyz'))
  const socket = new FakeSocket()
  const back: number[][] = []
  let room = 0
  const stream = new ReplyStream(
    socket as unknown as Socket,
    memory,
    (position, length) => back.push([position, length]),
    () => room++,
  )
  return { socket, back, stream, rooms: () => room }
}

describe('reply stream', () => {
  it('sends neighbours as one piece, others in one go', () => {
    const { socket, stream } = rig()
    stream.add(0, 2, true)
    stream.add(2, 3, true)
    stream.flush()
    stream.add(10, 1, true)
    stream.add(11, 1, false)
    stream.add(3, 1, true)
    stream.flush()
    stream.flush()
    expect(socket.writes).toEqual(['abcde', 'k*', 'l*', 'd*'])
    expect(socket.corks).toBe(0)
  })

  it('gives memory back when the system has the bytes', () => {
    const { socket, stream, back, rooms } = rig()
    stream.add(0, 2, true)
    stream.add(5, 3, true)
    stream.flush()
    expect([stream.pendingBytes, back, rooms()]).toEqual([5, [], 0])
    socket.callbacks[0]?.()
    expect([stream.pendingBytes, rooms()]).toEqual([0, 1])
    expect(back).toEqual([
      [0, 2],
      [5, 3],
    ])
  })

  it('gives it back at once when there is no client any more', () => {
    const { socket, stream, back } = rig()
    socket.destroyed = true
    stream.add(7, 4, true)
    stream.flush()
    expect([socket.writes, back, stream.pendingBytes]).toEqual([[], [[7, 4]], 0])
  })
})
