/**
 * The published declarations: a project without a browser's types, that checks the declarations of its
 * dependencies too, compiles against every entry.
 */
import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const project = mkdtempSync(join(tmpdir(), 'irpool-declarations-'))
afterAll(() => rmSync(project, { recursive: true, force: true }))

const CONSUMER = `
import { defineDriver, Engine, EngineError, type Request, STATUS_SUCCESS } from 'irpool'
import { serveNbd } from 'irpool/nbd'
import { SimulatedHardware } from 'irpool/native-sim'
import { createRing } from 'irpool/sharedarraybuffer-queue'
import type { MiniportModule } from 'irpool/storage'
export default defineDriver({
  EvtDriverDeviceAdd(driver, deviceInit) {
    const complete = (request: Request): void => request.complete(STATUS_SUCCESS)
    deviceInit.createDevice().createIoQueue({
      dispatchType: 'parallel',
      defaultQueue: true,
      EvtIoRead: (queue, request) => complete(request),
    })
  },
})
export const used = [Engine, EngineError, serveNbd, SimulatedHardware, createRing]
export type Used = MiniportModule
`

function declarations(): string[] {
  return ['build/src', 'build/native-sim'].flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.d.ts'))
      .map((name) => join(root, room, name)),
  )
}

describe('the published declarations', () => {
  it.each(['nodenext', 'bundler'])(
    'compile for a project with module resolution %s',
    (resolution) => {
      mkdirSync(join(project, 'node_modules'), { recursive: true })
      for (const [name, target] of [
        ['irpool', root],
        ['@types', join(root, 'node_modules/@types')],
      ] as const) {
        rmSync(join(project, 'node_modules', name), { force: true })
        symlinkSync(target, join(project, 'node_modules', name))
      }
      writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
      writeFileSync(join(project, 'consumer.ts'), CONSUMER)
      const module = resolution === 'bundler' ? 'esnext' : resolution
      const options = {
        target: 'es2022',
        lib: ['es2022'],
        types: ['node'],
        strict: true,
        noEmit: true,
        skipLibCheck: false,
        module,
        moduleResolution: resolution,
      }
      const config = { compilerOptions: options, files: ['consumer.ts'] }
      writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config))
      const tsc = join(root, 'node_modules/typescript/bin/tsc')
      let output = ''
      try {
        execFileSync(process.execPath, [tsc, '-p', project], { encoding: 'utf8' })
      } catch (error) {
        output = (error as { stdout: string }).stdout
      }
      expect(output).toBe('')
    },
  )

  it('name no generic typed array, which compilers before 5.7 refuse', () => {
    const refused = declarations().filter((path) =>
      /\b(?:Int32|Uint32|Uint8|Float64|BigInt64)Array</.test(readFileSync(path, 'utf8')),
    )
    expect(refused).toEqual([])
  })
})
