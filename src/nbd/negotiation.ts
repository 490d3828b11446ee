/**
 * Negotiation: the handshake of one client, fixed newstyle. A pure machine: bytes in, bytes out, no socket.
 * Runs on: host; never in the transmission phase.
 *
 *   start ──► CLIENT_FLAGS ──► OPTION ⇄ DATA ──► chosen (GO, EXPORT_NAME) or ended (ABORT, nonsense)
 *
 * Invariants: at most MAX_KEPT_BYTES of the client are kept; longer option data are skipped and answered with
 * an error, absurd ones and endless haggling end the connection.
 */
import { type NbdExport, transmissionFlags } from './nbd-export.js'
import {
  FLAG_FIXED_NEWSTYLE,
  FLAG_NO_ZEROES,
  IHAVEOPT_HI,
  IHAVEOPT_LO,
  INFO_BLOCK_SIZE,
  INFO_DESCRIPTION,
  INFO_EXPORT,
  INFO_NAME,
  MAX_STRING_BYTES,
  NBD_MAGIC_HI,
  NBD_MAGIC_LO,
  OPT_ABORT,
  OPT_EXPORT_NAME,
  OPT_GO,
  OPT_INFO,
  OPT_LIST,
  OPT_STRUCTURED_REPLY,
  OPTION_HEADER_BYTES,
  OPTION_REPLY_MAGIC_HI,
  OPTION_REPLY_MAGIC_LO,
  REP_ACK,
  REP_ERR_INVALID,
  REP_ERR_TOO_BIG,
  REP_ERR_UNKNOWN,
  REP_ERR_UNSUP,
  REP_INFO,
  REP_SERVER,
} from './protocol.js'
import { get16, get32, put16, put32, put64 } from './wire.js'

/** Room for the longest option that is understood: a name and as many wishes as anybody has. */
const MAX_KEPT_BYTES = OPTION_HEADER_BYTES + 2 * MAX_STRING_BYTES
/** Option data longer than that are not even skipped. */
const MAX_SKIPPED_BYTES = 65_536
const MAX_OPTIONS = 256
/** Any bytes may be read and written; whole blocks are faster. */
const MINIMUM_BLOCK_BYTES = 1
const MAX_WISHES = 64
const EXPORT_NAME_PADDING = 124
const EMPTY = new Uint8Array(0)

export type NegotiationState = 'talking' | 'chosen' | 'ended'

export interface NegotiationOptions {
  readonly exports: readonly NbdExport[]
  readonly preferredBlockBytes: number
  readonly maximumPayloadBytes: number
}

export class Negotiation {
  state: NegotiationState = 'talking'
  /** Set once the state is 'chosen'. */
  chosen: NbdExport | undefined
  isStructured = false
  readonly #options: NegotiationOptions
  readonly #kept = new Uint8Array(MAX_KEPT_BYTES)
  #keptBytes = 0
  #skipBytes = 0
  #hasFlags = false
  #clientFlags = 0
  #optionsSeen = 0
  #output: Uint8Array[] = []

  constructor(options: NegotiationOptions) {
    this.#options = options
    const hello = new Uint8Array(18)
    put32(hello, 0, NBD_MAGIC_HI)
    put32(hello, 4, NBD_MAGIC_LO)
    put32(hello, 8, IHAVEOPT_HI)
    put32(hello, 12, IHAVEOPT_LO)
    put16(hello, 16, FLAG_FIXED_NEWSTYLE | FLAG_NO_ZEROES)
    this.#output.push(hello)
  }

  /** What has to be sent now. */
  takeOutput(): Uint8Array {
    const output = this.#output
    this.#output = []
    return output.length === 1 ? (output[0] as Uint8Array) : Buffer.concat(output)
  }

  /** Takes bytes of the client; returns how many were used. The others belong to what comes next. */
  feed(bytes: Uint8Array): number {
    let used = 0
    while (this.state === 'talking') {
      if (this.#skipBytes > 0) {
        const count = Math.min(this.#skipBytes, bytes.length - used)
        this.#skipBytes -= count
        used += count
        if (this.#skipBytes > 0) break
      }
      const wanted = this.#wantedBytes()
      const count = Math.min(wanted - this.#keptBytes, bytes.length - used)
      this.#kept.set(bytes.subarray(used, used + count), this.#keptBytes)
      this.#keptBytes += count
      used += count
      if (this.#keptBytes < wanted) break
      this.#step(wanted)
    }
    return used
  }

  /** Bytes that the next step needs, counted from the start of what is kept. */
  #wantedBytes(): number {
    if (!this.#hasFlags) return 4
    if (this.#keptBytes < OPTION_HEADER_BYTES) return OPTION_HEADER_BYTES
    return OPTION_HEADER_BYTES + get32(this.#kept, 12)
  }

  #step(wanted: number): void {
    if (!this.#hasFlags) this.#takeFlags()
    else if (wanted === OPTION_HEADER_BYTES && !this.#headerIsGood()) return
    else if (this.#keptBytes === this.#wantedBytes()) this.#takeOption()
  }

  #takeFlags(): void {
    this.#clientFlags = get32(this.#kept, 0)
    this.#hasFlags = true
    this.#keptBytes = 0
    const known = FLAG_FIXED_NEWSTYLE | FLAG_NO_ZEROES
    if ((this.#clientFlags & ~known) !== 0) this.state = 'ended'
  }

  /** Looks at an option's header alone: is it one, and is there room for its data? */
  #headerIsGood(): boolean {
    const kept = this.#kept
    const length = get32(kept, 12)
    const isOption = get32(kept, 0) === IHAVEOPT_HI && get32(kept, 4) === IHAVEOPT_LO
    if (!isOption || length > MAX_SKIPPED_BYTES || ++this.#optionsSeen > MAX_OPTIONS) {
      this.state = 'ended'
      return false
    }
    if (OPTION_HEADER_BYTES + length <= MAX_KEPT_BYTES) return true
    const option = get32(kept, 8)
    // EXPORT_NAME has no way to say no.
    if (option === OPT_EXPORT_NAME) this.state = 'ended'
    else this.#reply(option, REP_ERR_TOO_BIG)
    this.#skipBytes = length
    this.#keptBytes = 0
    return false
  }

  #takeOption(): void {
    const option = get32(this.#kept, 8)
    const data = this.#kept.slice(OPTION_HEADER_BYTES, this.#keptBytes)
    this.#keptBytes = 0
    if ((this.#clientFlags & FLAG_FIXED_NEWSTYLE) === 0 && option !== OPT_EXPORT_NAME) {
      // A client of plain newstyle cannot understand any reply.
      this.state = 'ended'
      return
    }
    switch (option) {
      case OPT_EXPORT_NAME:
        this.#exportName(data)
        break
      case OPT_ABORT:
        this.#reply(option, REP_ACK)
        this.state = 'ended'
        break
      case OPT_LIST:
        this.#list(data)
        break
      case OPT_INFO:
      case OPT_GO:
        this.#info(option, data)
        break
      case OPT_STRUCTURED_REPLY:
        if (data.length !== 0) {
          this.#reply(option, REP_ERR_INVALID)
          break
        }
        this.isStructured = true
        this.#reply(option, REP_ACK)
        break
      default:
        this.#reply(option, REP_ERR_UNSUP)
    }
  }

  #exportName(data: Uint8Array): void {
    const found = this.#find(data)
    if (found === undefined) {
      this.state = 'ended'
      return
    }
    const hasPadding = (this.#clientFlags & FLAG_NO_ZEROES) === 0
    const answer = new Uint8Array(10 + (hasPadding ? EXPORT_NAME_PADDING : 0))
    put64(answer, 0, found.sizeBytes)
    put16(answer, 8, transmissionFlags(found, this.isStructured))
    this.#output.push(answer)
    this.#choose(found)
  }

  #list(data: Uint8Array): void {
    if (data.length !== 0) {
      this.#reply(OPT_LIST, REP_ERR_INVALID)
      return
    }
    for (const { name } of this.#options.exports) {
      const text = Buffer.from(name)
      const entry = new Uint8Array(4 + text.length)
      put32(entry, 0, text.length)
      entry.set(text, 4)
      this.#reply(OPT_LIST, REP_SERVER, entry)
    }
    this.#reply(OPT_LIST, REP_ACK)
  }

  /** INFO and GO: length of the name, name, number of wishes, wishes. */
  #info(option: number, data: Uint8Array): void {
    const nameLength = data.length >= 6 ? get32(data, 0) : -1
    const wishesAt = 4 + nameLength
    const hasName = nameLength >= 0 && wishesAt + 2 <= data.length
    const wishCount = hasName ? get16(data, wishesAt) : -1
    if (!hasName || data.length !== wishesAt + 2 + 2 * wishCount || wishCount > MAX_WISHES) {
      this.#reply(option, REP_ERR_INVALID)
      return
    }
    const found = this.#find(data.subarray(4, wishesAt))
    if (found === undefined) {
      this.#reply(option, REP_ERR_UNKNOWN)
      return
    }
    for (let i = 0; i < wishCount; i++) {
      const information = this.#wish(get16(data, wishesAt + 2 + 2 * i), found)
      if (information !== undefined) this.#reply(option, REP_INFO, information)
    }
    this.#reply(option, REP_INFO, this.#exportInfo(found))
    this.#reply(option, REP_ACK)
    if (option === OPT_GO) this.#choose(found)
  }

  /** The information that was asked for; undefined for what is sent anyway or not known. */
  #wish(type: number, found: NbdExport): Uint8Array | undefined {
    switch (type) {
      case INFO_NAME:
        return textInfo(INFO_NAME, found.name)
      case INFO_DESCRIPTION:
        return found.description === '' ? undefined : textInfo(INFO_DESCRIPTION, found.description)
      case INFO_BLOCK_SIZE: {
        const information = new Uint8Array(14)
        const { preferredBlockBytes, maximumPayloadBytes } = this.#options
        put16(information, 0, INFO_BLOCK_SIZE)
        put32(information, 2, MINIMUM_BLOCK_BYTES)
        put32(information, 6, Math.max(found.blockBytes, preferredBlockBytes))
        put32(information, 10, maximumPayloadBytes)
        return information
      }
      default:
        return undefined
    }
  }

  #exportInfo(found: NbdExport): Uint8Array {
    const information = new Uint8Array(12)
    put16(information, 0, INFO_EXPORT)
    put64(information, 2, found.sizeBytes)
    put16(information, 10, transmissionFlags(found, this.isStructured))
    return information
  }

  /** The export of that name; the empty name means the first. */
  #find(name: Uint8Array): NbdExport | undefined {
    const { exports } = this.#options
    const text = Buffer.from(name).toString()
    return (
      exports.find((candidate) => candidate.name === text) ?? (text === '' ? exports[0] : undefined)
    )
  }

  #choose(found: NbdExport): void {
    this.chosen = found
    this.state = 'chosen'
  }

  #reply(option: number, type: number, data: Uint8Array = EMPTY): void {
    const reply = new Uint8Array(20 + data.length)
    put32(reply, 0, OPTION_REPLY_MAGIC_HI)
    put32(reply, 4, OPTION_REPLY_MAGIC_LO)
    put32(reply, 8, option)
    put32(reply, 12, type)
    put32(reply, 16, data.length)
    reply.set(data, 20)
    this.#output.push(reply)
  }
}

function textInfo(type: number, text: string): Uint8Array {
  const bytes = Buffer.from(text)
  const information = new Uint8Array(2 + bytes.length)
  put16(information, 0, type)
  information.set(bytes, 2)
  return information
}
