/** Local requests: a pool that grows by blocks, and gives out each request to one taker. */
import { describe, expect, it } from 'vitest'
import { queueDriver } from '../../harness/inline-driver.js'
import { Requester } from '../../harness/requester.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

describe('the pool of local requests', () => {
  it('gives each out once, owned and special, with a number of its own', () => {
    const { locals } = new SteppedEngine().framework()
    const requests = Array.from({ length: 600 }, () => locals.take())
    expect(new Set(requests).size).toBe(600)
    expect(new Set(requests.map(({ sequence }) => sequence)).size).toBe(600)
    expect(requests.every((request) => request.isOwned && request.isSpecial)).toBe(true)
    expect(locals.ports).toHaveLength(3)
  })

  it('takes them back, and forgets what they were', () => {
    const { locals } = new SteppedEngine().framework()
    const request = locals.take()
    request.context['old'] = 1
    locals.give(request)
    expect(request.isOwned).toBe(false)
    const again = locals.take()
    expect(again).toBe(request)
    expect(again.context).toEqual({})
  })

  it('gives one that its taker has kept a new number', () => {
    const framework = new SteppedEngine().framework()
    const request = framework.locals.take()
    framework.turn.leave(request.gate)
    const { sequence } = request
    expect(framework.locals.renew(request)).toBe(request)
    expect(request.sequence).not.toBe(sequence)
    expect(request.isOwned).toBe(true)
  })

  it('is counted by the Framework’s gate as long as no queue has it', () => {
    const { locals, turn } = new SteppedEngine().framework()
    const before = turn.frameworkGate.owned
    const request = locals.take()
    expect(turn.frameworkGate.owned).toBe(before + 1)
    turn.leave(request.gate)
    locals.give(request)
    expect(turn.frameworkGate.owned).toBe(before)
  })

  it('leaves the Framework’s gate as it was when a request has been sent down and came back', async () => {
    const engine = new SteppedEngine()
    const { turn } = engine.framework()
    await engine.addDevice(
      queueDriver({
        dispatchType: 'parallel',
        defaultQueue: true,
        EvtIoRead({ device }, request) {
          request.formatRequestUsingCurrentType()
          request.setCompletionRoutine((same, _target, { status }) => same.complete(status))
          request.send(device.ioTarget)
        },
      }),
    )
    const before = turn.frameworkGate.owned
    new Requester(engine).reads(1, 2, 3)
    expect(turn.frameworkGate.owned).toBe(before)
  })

  it('grows by blocks and never while enough come back', () => {
    const { locals } = new SteppedEngine().framework()
    for (let i = 0; i < 2560; i++) locals.give(locals.take())
    expect(locals.ports).toHaveLength(1)
  })
})
