/**
 * Mutants: the shipped source with one promise broken on purpose. The simulation must notice each within a few
 * hundred seeds; one that misses a mutant checks too little.
 */
import type { Patch } from '../model/engine/source-hooks.js'

export interface SimulationMutant {
  readonly name: string
  readonly patches: readonly Patch[]
}

function mutant(name: string, file: string, from: string, to: string): SimulationMutant {
  return { name, patches: [{ file, from, to }] }
}

export const mutants: readonly SimulationMutant[] = [
  mutant(
    'a dead worker’s completions are not taken before the sweep',
    'manager/sweep',
    'while (channel.reapPort(port, ALL, channel.onSetAside) !== 0)\n        ;',
    '',
  ),
  mutant(
    'what no handler saw is not handed to the successor',
    'manager/sweep',
    'port.submissions.publish();\n    port.adopt(incarnation);',
    'port.adopt(incarnation);',
  ),
  mutant(
    'the successor gets its requests in the wrong order',
    'manager/sweep',
    '(slots.sequenceOf(a) - slots.sequenceOf(b)) | 0',
    '(slots.sequenceOf(b) - slots.sequenceOf(a)) | 0',
  ),
  mutant(
    'requests are presented without a mark',
    'dispatch/dispatch-turn',
    'request.markPresented();\n        const result =',
    'const result =',
  ),
  mutant(
    'the successor takes channels before it has devices',
    'manager/worker-set',
    'const isLost = () => this.#handles[worker] !== handle;',
    'this.#takesChannels.add(worker);\n        const isLost = () => this.#handles[worker] !== handle;',
  ),
  mutant(
    'hosts are not told of a death',
    'manager/worker-set',
    'this.#countDeath(worker);\n        tellHosts();',
    'this.#countDeath(worker);',
  ),
  mutant(
    'a hung worker is left alone',
    'manager/watchdog',
    'this.#workers.onHung(worker, nowMs - known.atMs);',
    '',
  ),
  mutant(
    'a sleeper does not look again after it has said that it sleeps',
    'sharedarraybuffer-queue/doorbell',
    'if (!hasWork()) {\n            this.parks++;',
    'if (true) {\n            this.parks++;',
  ),
  mutant(
    'a sequential queue presents the next request too early',
    'dispatch/channel-port',
    'gate.owned < gate.limit && gate.demand === 0',
    'gate.owned <= gate.limit && gate.demand === 0',
  ),
  mutant(
    'a cancelled request is not taken out of its queue',
    'dispatch/dispatch-turn',
    'gate.owned++;\n                request.end(STATUS_CANCELLED, 0);',
    'gate.owned++;',
  ),
  mutant(
    'requests wait no more while their device sleeps',
    'framework/device-power',
    'for (const queue of queues)\n            queue.power.hold();',
    '',
  ),
  mutant(
    'a successor that dies before it polls has no successor',
    'manager/worker-set',
    'if (this.hasFailed(worker))\n                    throw error;',
    'throw error;',
  ),
  mutant(
    'a channel does not see that a worker was given up before',
    'manager/request-channel',
    'if (port.hasFailed())\n                this.hasFailedPort = true;',
    '',
  ),
  mutant(
    'an interrupt line is connected, and nobody looks',
    'dispatch/interrupt-controller',
    'this.mustLook = true;\n        this.hooks.wake();',
    'this.mustLook = true;',
  ),
  mutant(
    'a dead host’s requests are not cancelled',
    'framework/framework',
    'for (const request of port.requests)\n            this.turn.cancel(request);',
    '',
  ),
  mutant(
    'a removed device’s open handles are kept',
    'framework/framework',
    'this.#closeFilesAt(id);\n        await this.removeDevice(id);',
    'await this.removeDevice(id);',
  ),
  mutant(
    'waking up waits its turn',
    'manager/system-sleep',
    "await this.#all([...this.#down, ...added], 'resume');",
    "await this.#inTurn(() => this.#all([...this.#down, ...added], 'resume'));",
  ),
  mutant(
    'a time-out forgets its request',
    'manager/call-table',
    'watch.timedOut = true;\n                cancel();',
    'watch.timedOut = true;',
  ),
  mutant('a call keeps its buffer', 'manager/call-table', 'this.freeBlock(call.block);', ''),
]

/** Those of the tier for every push. */
export const pushedMutants = mutants.filter((_, i) => i % 3 === 0)
