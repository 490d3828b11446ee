import { describe, expect, it } from 'vitest'
import { describeError, rebuildError } from '../../native-sim/producer-messages.js'
import { EngineError, IrpError, STATUS_ACCESS_DENIED } from '../../src/index.js'

const across = (error: unknown) => rebuildError(structuredClone(describeError(error)))

describe('errors from the producer thread', () => {
  it('an EngineError arrives as one', () => {
    const error = across(new EngineError('ERR_IRP_CLOSED', 'the channel is closed', 'disk0'))
    expect(error).toBeInstanceOf(EngineError)
    expect(error).toMatchObject({ code: 'ERR_IRP_CLOSED', value: 'disk0' })
    expect(error.message).toBe('the channel is closed')
  })

  it('an IrpError arrives as one, with its stack', () => {
    const sent = new IrpError(STATUS_ACCESS_DENIED, 'open of disk0', 3)
    const error = across(sent)
    expect(error).toBeInstanceOf(IrpError)
    expect(error).toMatchObject({ code: 'STATUS_ACCESS_DENIED', operation: 'open of disk0' })
    expect(error).toMatchObject({ ntstatus: STATUS_ACCESS_DENIED, information: 3 })
    expect([error.message, error.stack]).toEqual([sent.message, sent.stack])
  })

  it('others keep name, message and code', () => {
    const error = across(Object.assign(new RangeError('too far'), { code: 'ERR_FAR' }))
    expect(error).toMatchObject({ name: 'RangeError', message: 'too far', code: 'ERR_FAR' })
    expect(across('just text')).toMatchObject({ name: 'Error', message: 'just text' })
  })
})
