import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { DriverLoader } from '../../../src/framework/driver-loader.js'
import { Patience } from '../../../src/framework/patience.js'
import { ManualClock } from '../../../src/framework/pnp/clock.js'
import { driverUrl, moduleUrl } from '../../harness/inline-driver.js'

const EvtDriverDeviceAdd = (): void => {}

describe('DriverLoader', () => {
  it('loads a driver once, whoever asks', async () => {
    const loader = new DriverLoader()
    const url = driverUrl({ EvtDriverDeviceAdd })
    const driver = await loader.load(url)
    expect(driver).toMatchObject({ url, config: { EvtDriverDeviceAdd } })
    expect(await loader.load(url)).toBe(driver)
    expect(await new DriverLoader().load(url)).not.toBe(driver)
  })

  it.each([
    ['no default export', 'data:text/javascript,export const a = 1', /no default export/],
    ['a default export that is no driver', moduleUrl({ EvtDriverDeviceAdd }), /that is no driver/],
  ])('refuses a module with %s', async (_what, url, message) => {
    const refused = new DriverLoader().load(url)
    await expect(refused).rejects.toThrow(message)
    await expect(refused).rejects.toMatchObject({
      name: 'DriverError',
      code: 'ERR_IRP_DRIVER_EXPORT',
      value: url,
    })
  })

  it.each([
    ['throws', 'data:text/javascript,throw new Error("at load")', /threw: at load$/],
    ['throws no error', 'data:text/javascript,throw 7', /threw: 7$/],
    ['cannot be parsed', 'data:text/javascript,export default (', /threw: /],
    ['imports a missing one', 'data:text/javascript,import "node:no-such-module"', /threw: /],
  ])('says what happened when the module %s', async (_what, url, message) => {
    const refused = new DriverLoader().load(url)
    await expect(refused).rejects.toThrow(message)
    await expect(refused).rejects.toMatchObject({ code: 'ERR_IRP_DRIVER_IMPORT', value: url })
  })

  it('keeps what was thrown as the cause', async () => {
    const refused = new DriverLoader().load('data:text/javascript,throw new TypeError("at load")')
    await expect(refused).rejects.toMatchObject({ cause: { name: 'TypeError' } })
  })

  it('gives up a module whose top-level await never ends', async () => {
    const clock = new ManualClock()
    const loader = new DriverLoader(undefined, undefined, new Patience(clock, 50))
    const loading = loader.load('data:text/javascript,await new Promise(() => {})')
    clock.advance(50)
    await expect(loading).rejects.toMatchObject({
      code: 'ERR_IRP_DRIVER_IMPORT',
      message: expect.stringMatching(/threw: a top-level await: its promise has not/) as string,
      cause: { code: 'ERR_IRP_CALLBACK_HUNG' },
    })
  })

  it('calls EvtDriverUnload of each driver once', async () => {
    const unloaded: string[] = []
    const loader = new DriverLoader()
    for (const name of ['a', 'b']) {
      const EvtDriverUnload = (): void => void unloaded.push(name)
      await loader.load(driverUrl({ EvtDriverDeviceAdd, EvtDriverUnload }))
    }
    await loader.load(driverUrl({ EvtDriverDeviceAdd }))
    await loader.unload()
    expect(await loader.unload()).toEqual([])
    expect(unloaded).toEqual(['a', 'b'])
  })
})

/** Loads each URL with the built loader in a process of its own: here, imports of files go through the test runner. */
async function codesInNode(urls: readonly string[]): Promise<unknown> {
  const built = new URL('../../../build/src/framework/driver-loader.js', import.meta.url).href
  const script = `
    import { DriverLoader } from ${JSON.stringify(built)}
    const codes = []
    for (const url of ${JSON.stringify(urls)}) {
      await new DriverLoader().load(url).catch(({ code, value }) => codes.push([code, value]))
    }
    console.log(JSON.stringify(codes))`
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '--eval',
    script,
  ])
  return JSON.parse(stdout)
}

it('tells a missing module from one that imports a missing module', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'irpool driver '))
  try {
    const importing = join(folder, 'importing.mjs')
    await writeFile(importing, `import './missing.mjs'`)
    const urls = [join(folder, 'missing.mjs'), importing].map((file) => pathToFileURL(file).href)
    const [missing, importer] = urls
    expect(await codesInNode([...urls, 'nowhere://x/driver.js'])).toEqual([
      ['ERR_IRP_DRIVER_NOT_FOUND', missing],
      ['ERR_IRP_DRIVER_IMPORT', importer],
      ['ERR_IRP_DRIVER_NOT_FOUND', 'nowhere://x/driver.js'],
    ])
  } finally {
    await rm(folder, { recursive: true })
  }
})
