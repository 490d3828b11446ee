import { describe, expect, it } from 'vitest'
import { PnpRequests } from '../../../../src/framework/pnp/pnp-requests.js'

function requests() {
  const posted: string[] = []
  const queued = new Set<string>()
  const state = { may: true, idle: 0 }
  const made = new PnpRequests({
    post: (event) => posted.push(event),
    isQueued: (event) => queued.has(event),
    mayIssue: () => state.may,
    idle: () => state.idle++,
  })
  return { made, posted, queued, state }
}

describe('requests', () => {
  it('are posted one after another', async () => {
    const { made, posted, state } = requests()
    const [one, two] = [made.issue('StartDevice'), made.issue('QueryStop')]
    expect([posted, made.isPending]).toEqual([['StartDevice'], true])
    made.finish()
    expect(posted).toEqual(['StartDevice', 'QueryStop'])
    made.setStatus(-1)
    made.finish()
    expect([await one, await two, state.idle]).toEqual([0, -1, 1])
    made.finish()
  })

  it('are not finished before the machine has taken them', () => {
    const { made, queued } = requests()
    void made.issue('QueryRemove')
    queued.add('QueryRemove')
    made.setStatus(-1)
    made.finish()
    expect(made.isPending).toBe(true)
  })

  it('to remove end with the removal, and nothing else does', async () => {
    const { made } = requests()
    const removal = made.issue('Remove')
    made.finish()
    expect(made.isPending).toBe(true)
    made.finishRemove()
    expect(await removal).toBe(0)
    void made.issue('Stop')
    made.finishRemove()
    expect(made.isPending).toBe(true)
  })

  it('end when the machine drops their event, not when it drops another', async () => {
    const { made } = requests()
    const stop = made.issue('Stop')
    made.drop('CancelStop', -5)
    made.drop('Stop', -6)
    expect(await stop).toBe(-6)
  })

  it('wait until they may be issued', () => {
    const { made, posted, state } = requests()
    state.may = false
    void made.issue('StartDevice')
    expect(posted).toEqual([])
    state.may = true
    made.next()
    expect(posted).toEqual(['StartDevice'])
  })
})
