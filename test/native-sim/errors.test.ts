import { describe, expect, it } from 'vitest'
import { ProducerDiedError, SimulationError, TraceError } from '../../native-sim/errors.js'

describe('SimulationError', () => {
  it('is a RangeError with a code, the option and the value', () => {
    const error = new SimulationError('depth', 'many', 'a whole number')
    expect(error).toBeInstanceOf(RangeError)
    expect(error.name).toBe('SimulationError')
    expect(error.code).toBe('ERR_IRP_SIMULATION_OPTION')
    expect(error.message).toBe('depth must be a whole number, got "many"')
    expect([error.option, error.value]).toEqual(['depth', 'many'])
  })
})

describe('TraceError', () => {
  it('names file, line, text and expectation', () => {
    const error = new TraceError({
      file: 'a.csv',
      line: 3,
      problem: 'size is not a number',
      text: 'x',
      expected: 'bytes',
    })
    expect(error.message).toBe('a.csv:3: size is not a number: "x"; expected bytes')
    expect(error.code).toBe('ERR_IRP_TRACE')
    expect([error.file, error.line, error.text, error.expected]).toEqual(['a.csv', 3, 'x', 'bytes'])
    expect('cause' in error).toBe(false)
  })

  it('leaves out the line of a file as a whole and keeps the cause', () => {
    const cause = new Error('inner')
    const error = new TraceError({ file: 'a', line: 0, problem: 'p', expected: 'e', cause })
    expect(error.message).toBe('a: p; expected e')
    expect(error.cause).toBe(cause)
  })

  it('quotes 80 characters at most and no control character', () => {
    const text = '\u001b[31m' + 'x'.repeat(200)
    const error = new TraceError({ file: 'a', line: 1, problem: 'p', text, expected: 'e' })
    expect(error.text).toHaveLength(80)
    expect(error.message).not.toContain('\u001b')
    expect(error.message).not.toContain('x'.repeat(80))
  })
})

describe('ProducerDiedError', () => {
  it('names the device and the reason, and keeps the cause', () => {
    const cause = new Error('out of memory')
    const error = new ProducerDiedError('disk0', cause.message, cause)
    expect(error.code).toBe('ERR_IRP_PRODUCER_DIED')
    expect(error.message).toMatch(/^the producer thread of device "disk0" died: out of memory;/)
    expect([error.device, error.cause]).toEqual(['disk0', cause])
  })
})
