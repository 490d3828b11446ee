import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { findCompiler, nativeProgram } from '../../../bench/native/native-program.js'
import { nativeScenarios } from '../../../bench/native/native-scenarios.js'
import type { Measurement } from '../../../bench/scenario.js'
import { runBuilt } from '../fixtures/build-folder.js'

const folder = mkdtempSync(path.join(os.tmpdir(), 'irpool-native-'))
afterAll(() => rmSync(folder, { recursive: true }))
const compiler = findCompiler()

describe('findCompiler', () => {
  it('asks the one that CXX names and no other', () => {
    expect(findCompiler({ CXX: '/no/such/compiler' })).toBeUndefined()
    expect(findCompiler({ CXX: process.execPath })?.version).toBe(process.version)
  })
})

describe('nativeProgram', () => {
  it('says what is missing instead of failing', async () => {
    expect(await nativeProgram(undefined, folder)).toEqual({
      skipped: 'needs a C++17 compiler (c++, or the one in CXX)',
    })
  })

  it('says where it would go when it may not go there', async () => {
    const nowhere = path.join(folder, 'none')
    const any = { command: process.execPath, version: 'none' }
    expect(await nativeProgram(any, nowhere)).toEqual({
      skipped: `would be compiled into ${nowhere}, which this user may not write`,
    })
  })

  it('says what the compiler said', async () => {
    const broken = { command: process.execPath, version: 'none' }
    const answer = await nativeProgram(broken, folder)
    expect(answer).toEqual({ skipped: expect.stringContaining('bad option: -std=c++17') })
    expect(readdirSync(folder)).toEqual([])
  })

  it.skipIf(compiler === undefined)('compiles once, and then takes what is there', async () => {
    const program = await nativeProgram(compiler, folder)
    expect(readdirSync(folder)).toEqual([path.basename(program as string)])
    const { ctimeMs } = statSync(program as string)
    expect(await nativeProgram(compiler, folder)).toBe(program)
    expect(statSync(program as string).ctimeMs).toBe(ctimeMs)
  })
})

describe.skipIf(compiler === undefined || os.availableParallelism() < 2)('the C++ twins', () => {
  it.each(nativeScenarios.map(({ name }) => name))(
    '%s does its work and checks it',
    async (name) => {
      const argv = [name, '--duration-ms', '20', '--warmup-ms', '5', '--json-fd', '1']
      const { code, stdout, stderr } = await runBuilt('bench/child.js', argv)
      expect(stderr).toBe('')
      expect(code).toBe(0)
      const { measurement }: { measurement: Measurement } = JSON.parse(stdout)
      expect(measurement.checksumOk).toBe(true)
      // How much is done in so short a window is for the scheduler to say.
      expect(measurement.operations).toBeGreaterThanOrEqual(0)
      expect(measurement.notes?.['compiler']).toBe(compiler!.version)
    },
  )
})
