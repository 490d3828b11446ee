import { describe, expect, it } from 'vitest'
import { FunctionPlaces, LAYERS, LAYER_MEANING } from '../../../bench/profile/layer.js'
import { sourcesOf } from '../../harness/sources.js'

const ROOT = 'file:///irpool/build/'
const places = new FunctionPlaces(ROOT)

function placeOf(name: string): string {
  return places.of(name).place
}

describe('FunctionPlaces', () => {
  it.each([
    ['stage', `${ROOT}src/sharedarraybuffer-queue/spsc-ring.js`, 'ring'],
    ['idle', `${ROOT}src/sharedarraybuffer-queue/idle-strategy.js`, 'idle'],
    ['poll', `${ROOT}src/dispatch/dispatch-turn.js`, 'dispatch'],
    ['addDevice', `${ROOT}src/framework/framework.js`, 'framework'],
    ['submit', `${ROOT}src/manager/request-channel.js`, 'manager'],
    ['acquire', `${ROOT}src/irp/slot-table.js`, 'irp'],
    ['run', `${ROOT}src/workers/worker-loop.js`, 'workers'],
    ['nullEvtIoTransfer', `${ROOT}src/pairs/kmdf/null.js`, 'handler'],
    ['produce', `${ROOT}native-sim/producer-loop.js`, 'hardware'],
    ['spendUntil', `${ROOT}bench/engine/timed-run.js`, 'bench'],
    ['read', `${ROOT}bench/timeline/stamping-driver.js`, 'handler'],
    ['evtIoRead', 'file:///home/me/my driver/driver.js', 'handler'],
    ['evtIoRead', '/home/me/driver.cjs', 'handler'],
    ['run', '/irpool/node_modules/piscina/dist/worker.js', 'other js'],
    ['emit', 'node:events', 'node'],
  ])('puts %s of %s into the layer %s', (name, file, layer) => {
    expect(places.of(`${name} ${file}:12:3`)).toMatchObject({ name, layer })
  })

  it('shortens places to what tells them apart', () => {
    expect(placeOf(`a ${ROOT}src/irp/ledger.js:4:1`)).toBe('src/irp/ledger.js:4')
    expect(placeOf('a /x/node_modules/piscina/dist/worker.js:4:1')).toBe('piscina/dist/worker.js:4')
    expect(placeOf('a file:///home/me/drivers/disk.js:4:1')).toBe('drivers/disk.js:4')
    expect(placeOf('emit node:events:165:13')).toBe('node:events:165')
  })

  it('knows getters, functions without a name and code without a source', () => {
    expect(places.of(`get channel ${ROOT}src/manager/engine.js:84:16`).name).toBe('get channel')
    expect(places.of(` ${ROOT}bench/child.js:1:1`)).toMatchObject({
      name: '(anonymous)',
      place: 'bench/child.js:1',
    })
    expect(places.of('evaluated')).toEqual({ name: 'evaluated', place: '', layer: 'other js' })
  })

  it('has a layer for every room of src, so that no new one passes for a driver', () => {
    for (const { path } of sourcesOf('src', 'native-sim', 'bench')) {
      if (/^src\/(pairs\/|[^/]+$)|-driver\.ts$/.test(path)) continue
      const { layer } = places.of(`f ${ROOT}${path.replace(/\.ts$/, '.js')}:1:1`)
      expect([path, layer]).not.toEqual([path, 'handler'])
    }
  })

  it('explains each layer', () => {
    for (const layer of LAYERS) expect(LAYER_MEANING[layer]).toMatch(/\w/)
  })
})
