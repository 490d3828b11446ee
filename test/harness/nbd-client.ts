/**
 * NBD client for tests: says what the test wants, also nonsense, and reads what comes back, byte for byte.
 * Written against the protocol's text, not against the server's sources. Runs on: the test's own thread.
 */
import { createConnection, type Socket } from 'node:net'

export const OPT = { EXPORT_NAME: 1, ABORT: 2, LIST: 3, INFO: 6, GO: 7, STRUCTURED: 8 } as const
export const CMD = { READ: 0, WRITE: 1, DISC: 2, FLUSH: 3, TRIM: 4, CACHE: 5, ZEROES: 6 } as const
export const FLAG = { FUA: 1, NO_HOLE: 2, DF: 4, FAST_ZERO: 16 } as const
const PATIENCE_MS = 10_000

export interface OptionReply {
  readonly option: number
  readonly type: number
  readonly data: Buffer
}

export interface Reply {
  readonly error: number
  readonly cookie: bigint
  readonly data: Buffer
  readonly isStructured: boolean
}

export type Address = { readonly path: string } | { readonly host: string; readonly port: number }

export class NbdClient {
  readonly socket: Socket
  isStructured = false
  size = 0n
  flags = 0
  #chunks: Buffer[] = []
  #available = 0
  #wake: () => void = () => {}
  #ended = false
  #cookie = 1n
  /** Lengths of the reads that are out, by cookie: a simple reply does not say how long it is. */
  readonly #reads = new Map<bigint, number>()

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk)
      this.#available += chunk.length
      this.#wake()
    })
    const end = (): void => {
      this.#ended = true
      this.#wake()
    }
    socket.on('error', end)
    socket.on('close', end)
    socket.on('end', end)
  }

  static async connect(address: Address): Promise<NbdClient> {
    const socket = createConnection({ ...address })
    await new Promise((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return new NbdClient(socket)
  }

  /** Connects, and negotiates as a well-behaved client does. */
  static async open(address: Address, name = '', structured = false): Promise<NbdClient> {
    const client = await NbdClient.connect(address)
    await client.hello()
    if (structured) {
      const reply = await client.option(OPT.STRUCTURED)
      client.isStructured = reply.type === 1
    }
    await client.go(name)
    return client
  }

  /** Exactly so many bytes; rejects when the connection ends before. */
  async read(length: number): Promise<Buffer> {
    const deadline = performance.now() + PATIENCE_MS
    while (this.#available < length) {
      if (this.#ended) throw new Error(`closed, ${this.#available} of ${length} bytes`)
      if (performance.now() > deadline) throw new Error(`${length} bytes did not come`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, PATIENCE_MS)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#available -= length
    return this.#take(length)
  }

  #take(length: number): Buffer {
    const taken: Buffer[] = []
    for (let left = length; left > 0;) {
      const chunk = this.#chunks[0] as Buffer
      taken.push(chunk.subarray(0, left))
      if (chunk.length > left) this.#chunks[0] = chunk.subarray(left)
      else this.#chunks.shift()
      left -= Math.min(left, chunk.length)
    }
    return taken.length === 1 ? (taken[0] as Buffer) : Buffer.concat(taken)
  }

  /** Resolves when the server has closed the connection; anything it still said is thrown away. */
  async closed(): Promise<void> {
    if (this.socket.closed) return
    this.socket.resume()
    await new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('the server does not close')), PATIENCE_MS)
      this.socket.once('close', () => {
        clearTimeout(late)
        resolve(undefined)
      })
    })
  }

  write(...parts: Uint8Array[]): void {
    this.socket.write(Buffer.concat(parts))
  }

  /** Reads the greeting and sends the client's flags. */
  async hello(flags = 3): Promise<Buffer> {
    const greeting = await this.read(18)
    const answer = Buffer.alloc(4)
    answer.writeUInt32BE(flags)
    this.write(answer)
    return greeting
  }

  sendOption(option: number, data: Uint8Array = Buffer.alloc(0), length = data.length): void {
    const header = Buffer.alloc(16)
    header.write('IHAVEOPT', 'latin1')
    header.writeUInt32BE(option, 8)
    header.writeUInt32BE(length, 12)
    this.write(header, data)
  }

  async optionReply(): Promise<OptionReply> {
    const header = await this.read(20)
    const data = await this.read(header.readUInt32BE(16))
    return { option: header.readUInt32BE(8), type: header.readUInt32BE(12), data }
  }

  async option(option: number, data?: Uint8Array): Promise<OptionReply> {
    this.sendOption(option, data)
    return this.optionReply()
  }

  /** All replies up to the ACK or the error. */
  async optionReplies(option: number, data?: Uint8Array): Promise<OptionReply[]> {
    const replies = [await this.option(option, data)]
    while (replies.at(-1)!.type === 2 || replies.at(-1)!.type === 3) {
      replies.push(await this.optionReply())
    }
    return replies
  }

  /** INFO or GO. */
  async go(name: string, option: number = OPT.GO, wishes: number[] = []): Promise<OptionReply[]> {
    const replies = await this.optionReplies(option, goData(name, wishes))
    for (const { type, data } of replies) {
      if (type !== 3 || data.readUInt16BE(0) !== 0) continue
      this.size = data.readBigUInt64BE(2)
      this.flags = data.readUInt16BE(10)
    }
    return replies
  }

  /** Sends a request without waiting; returns its cookie. */
  send(
    type: number,
    offset: number | bigint = 0,
    length = 0,
    {
      flags = 0,
      data,
      magic = 0x25609513,
    }: { flags?: number; data?: Uint8Array; magic?: number } = {},
  ): bigint {
    const cookie = this.#cookie++ | (0xfedcn << 48n)
    const header = Buffer.alloc(28)
    header.writeUInt32BE(magic)
    header.writeUInt16BE(flags, 4)
    header.writeUInt16BE(type, 6)
    header.writeBigUInt64BE(cookie, 8)
    header.writeBigUInt64BE(BigInt(offset), 16)
    header.writeUInt32BE(length, 24)
    if (type === CMD.READ) this.#reads.set(cookie, length)
    this.socket.write(data === undefined ? header : Buffer.concat([header, data]))
    return cookie
  }

  async reply(): Promise<Reply> {
    const magic = (await this.read(4)).readUInt32BE()
    if (magic === 0x67446698) {
      const rest = await this.read(12)
      const error = rest.readUInt32BE()
      const cookie = rest.readBigUInt64BE(4)
      const length = error === 0 ? (this.#reads.get(cookie) ?? 0) : 0
      return { error, cookie, data: await this.read(length), isStructured: false }
    }
    if (magic !== 0x668e33ef) throw new Error(`reply magic ${magic.toString(16)}`)
    return this.#chunk()
  }

  async #chunk(): Promise<Reply> {
    const header = await this.read(16)
    const [flags, type] = [header.readUInt16BE(), header.readUInt16BE(2)]
    const cookie = header.readBigUInt64BE(4)
    const body = await this.read(header.readUInt32BE(12))
    if (flags !== 1) throw new Error('expected one chunk a reply')
    if (type === 1) return { error: 0, cookie, data: body.subarray(8), isStructured: true }
    if (type !== 0x8001) throw new Error(`chunk type ${type}`)
    return { error: body.readUInt32BE(), cookie, data: Buffer.alloc(0), isStructured: true }
  }

  /** Sends a request and waits for its reply; no other request may be out. */
  async ask(
    type: number,
    offset?: number | bigint,
    length?: number,
    options?: { flags?: number; data?: Uint8Array },
  ): Promise<Reply> {
    const cookie = this.send(type, offset, length, options)
    const reply = await this.reply()
    if (reply.cookie !== cookie) throw new Error('a reply to another request')
    return reply
  }

  writeAt(offset: number, data: Uint8Array, flags = 0): Promise<Reply> {
    return this.ask(CMD.WRITE, offset, data.length, { flags, data })
  }

  /** Says goodbye and waits until the server has closed. */
  async disconnect(): Promise<void> {
    this.send(CMD.DISC)
    await this.closed()
  }

  destroy(): void {
    this.socket.destroy()
  }
}

export function goData(name: string, wishes: number[] = []): Buffer {
  const text = Buffer.from(name)
  const data = Buffer.alloc(4 + text.length + 2 + 2 * wishes.length)
  data.writeUInt32BE(text.length)
  text.copy(data, 4)
  data.writeUInt16BE(wishes.length, 4 + text.length)
  for (const [i, wish] of wishes.entries()) data.writeUInt16BE(wish, 6 + text.length + 2 * i)
  return data
}
