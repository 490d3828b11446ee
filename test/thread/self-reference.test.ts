/**
 * As a user would: a driver of a few lines beside the program, and everything imported by the package's name.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageRoot } from './built.js'
import { runScript } from './helpers.js'

const DRIVER = `
import { defineDriver, STATUS_SUCCESS } from 'irpool'

export default defineDriver({
  EvtDriverDeviceAdd(driver, deviceInit) {
    const device = deviceInit.createDevice()
    device.createIoQueue({
      dispatchType: 'sequential',
      defaultQueue: true,
      EvtIoRead(queue, request, length) {
        request.retrieveOutputBuffer().fill(42)
        request.completeWithInformation(STATUS_SUCCESS, length)
      },
    })
  },
})
`

describe("the package by its own name, in a process of the user's", () => {
  // Inside the package, so that its name resolves to it; ignored by git and removed afterwards.
  let folder: string
  let driver: string

  beforeAll(async () => {
    folder = await mkdtemp(join(fileURLToPath(packageRoot), 'build', 'self-reference-'))
    driver = join(folder, 'driver.js')
    await writeFile(driver, DRIVER)
  })

  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('promise API: a driver by its path', async () => {
    const script = `
      import { Engine } from 'irpool'
      const engine = await Engine.start({
        workers: 1,
        devices: [{ name: 'answer', driver: ${JSON.stringify(driver)} }],
      })
      const file = await engine.open('answer')
      const bytes = new Uint8Array(3)
      const { information } = await file.read(bytes)
      console.log(information, bytes.join())
      await file.close()
      await engine.stop()
    `
    expect(await runScript(script)).toEqual({ exitCode: 0, lines: ['3 42,42,42'] })
  })

  it('batch API: a shipped driver', async () => {
    const script = `
      import { drivers, Engine, formatLedger } from 'irpool'
      const engine = await Engine.start({ workers: 1 })
      await engine.addDevice({ name: 'disk', driver: drivers.ramdisk, parameters: { bytes: 1 << 20 } })
      const file = await engine.open('disk')
      const { channel } = engine
      const buffer = channel.allocate(4096)
      for (let i = 0; i < 100; i++) channel.prepareWrite(file, buffer, 4096, i * 4096, i)
      channel.submit()
      let done = 0
      while (done < 100) {
        done += channel.reap(100, (context, status) => { if (status !== 0) throw new Error('status') })
        await channel.waitAsync(100)
      }
      await engine.stop()
      console.log(formatLedger(engine.ledger()))
    `
    expect(await runScript(script)).toEqual({
      exitCode: 0,
      lines: [
        'accepted 103 completed 103 (success 103, error 0, cancelled 0, worker died 0) in flight 0 duplicates 0 lost 0',
      ],
    })
  })

  it('the queue alone', async () => {
    const script = `
      import { createRing, SpscConsumer, SpscProducer } from 'irpool/sharedarraybuffer-queue'
      const { buffer, base } = createRing(8)
      const producer = new SpscProducer(new Int32Array(buffer), base)
      const consumer = new SpscConsumer(new Int32Array(buffer), base)
      producer.stageBatch([1, 2, 3])
      console.log(producer.publish())
      console.log(consumer.drain(8, (value) => console.log(value)))
    `
    expect(await runScript(script)).toEqual({ exitCode: 0, lines: ['3', '1', '2', '3', '3'] })
  })

  it('an engine that nobody stops lets a failing program end', async () => {
    const script = `
      import { Engine } from 'irpool'
      await Engine.start({ workers: 1 })
      process.exit(5)
    `
    expect(await runScript(script)).toEqual({ exitCode: 5, lines: [] })
  })
})
