/**
 * Loaded process: an engine under load by both APIs, with cancels, time-outs and a read that no driver ends by
 * itself, which stops on signals and prints its ledger. Runs on: main of a child process.
 */
import { drivers, Engine, formatLedger, type IrpFile } from '../../src/index.js'
import { Random } from '../../native-sim/random.js'
import { CANCELABLE, drawBehaviour, FOREVER } from '../chaos/behaviours.js'
import { offsetOf, PresentedLog } from '../chaos/presented-log.js'

const CLIENTS = 32
const DEPTH = 256
/** Short, so that the read that never ends is cancelled soon. */
const DEADLINE_MS = 200

const log = new PresentedLog().words.buffer
const deathsAtStart = new SharedArrayBuffer(4)
const engine = await Engine.start({
  workers: 2,
  devices: [
    { name: 'null', driver: drivers.null, worker: 0 },
    {
      name: 'moody',
      driver: new URL('../chaos/chaos-driver.js', import.meta.url),
      worker: 1,
      parameters: { log, deathsAtStart, scope: 'device' },
    },
  ],
})
engine.on('driverFault', () => {})
engine.stopOnSignals({
  timeoutMs: DEADLINE_MS,
  onStopped: (ledger, signal) => console.log(`${signal} ${formatLedger(ledger)}`),
})
const random = new Random(Date.now() % 2 ** 31)
const moody = await engine.open('moody')
let number = 0

/** Ends when the engine takes nothing any more. */
async function client(file: IrpFile): Promise<void> {
  const bytes = new Uint8Array(16)
  for (;;) {
    const behaviour = random.nextBelow(32) === 0 ? CANCELABLE : drawBehaviour(random)
    const offset = offsetOf({ sender: 0, route: 0, number: number++, behaviour })
    const timeoutMs = random.nextBelow(16) === 0 ? { timeoutMs: 1 } : {}
    try {
      await file.read(bytes, { offset, ...timeoutMs })
    } catch (error) {
      const { code } = error as { code: string }
      if (code === 'ERR_IRP_CLOSED' || code === 'STATUS_DEVICE_NOT_READY') return
    }
  }
}

async function batch(): Promise<void> {
  const { channel } = engine
  const file = await engine.open('null')
  const buffer = channel.allocate(64)
  for (let inFlight = 0; ;) {
    while (inFlight < DEPTH && channel.prepareRead(file, buffer, 64, 0, 0) >= 0) inFlight++
    if (channel.submit() < 0) return
    inFlight -= channel.reap(DEPTH, () => {})
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const forever = offsetOf({ sender: 1, route: 0, number: 0, behaviour: FOREVER })
moody.read(new Uint8Array(16), { offset: forever }).catch(() => {})
for (let i = 0; i < CLIENTS; i++) void client(moody)
void batch()
console.log('loaded')
