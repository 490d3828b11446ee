/**
 * `node build/test/clients/connections-run.js [COUNT]`: opens and drops connections (10,000), in every state of the
 * handshake, while a client reads; what the server's memory and its books look like afterwards.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CMD, goData, NbdClient, OPT } from '../harness/nbd-client.js'
import { ServerProcess } from './programs.js'

const WAVE = 50
const [count = 10_000] = process.argv.slice(2).map(Number)
const folder = mkdtempSync(join(tmpdir(), 'irpool-connections-'))
const server = await ServerProcess.start(join(folder, 'socket'), '--size', '16M')
const address = { path: server.socket }
const witness = await NbdClient.open(address)

/** Goes as far as `step` says, then drops the connection. */
async function comeAndGo(step: number): Promise<void> {
  const client = await NbdClient.connect(address)
  try {
    if (step > 0) await client.hello()
    if (step > 1) client.sendOption(OPT.INFO, goData('disk'), step === 2 ? 100 : undefined)
    if (step > 3) await client.go('disk')
    if (step > 4) client.send(CMD.WRITE, 0, 65_536, { data: Buffer.alloc(100) })
  } catch {
    // Turned away: there are as many clients as the server takes.
  }
  client.destroy()
}

function residentMiB(): number {
  const status = readFileSync(`/proc/${server.child.pid}/status`, 'latin1')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
}

for (let i = 0; i < WAVE * 4; i++) await comeAndGo(i % 6)
const before = residentMiB()
for (let done = 0; done < count; done += WAVE) {
  await Promise.all(Array.from({ length: WAVE }, (_, i) => comeAndGo((done + i) % 6)))
  const { error } = await witness.ask(CMD.READ, 0, 4096)
  if (error !== 0) throw new Error(`the witness got error ${error}`)
}
const after = residentMiB()
await witness.disconnect()
const { ledger, clients, inFlight, connections } = await server.stop()
rmSync(folder, { recursive: true })
console.log(
  `${String(connections)} connections; resident memory ${before} MiB before, ${after} MiB after`,
)
console.log(JSON.stringify({ clients, inFlight, ledger }))
