/**
 * NVMe bench: the shipped NVMe driver on a stepped NVMe-like device.
 * Runs on: the test's own thread.
 */
import { prepareHardware } from '../../../../native-sim/hardware-models.js'
import { NvmeDevice, type NvmeOptions } from '../../../../native-sim/nvme-device.js'
import nvme from '../../../../src/pairs/hardware/nvme.js'
import type { NvmeAdapter } from '../../../../src/pairs/hardware/nvme-adapter.js'
import { Requester } from '../../../harness/requester.js'
import { SteppedHardware, type SteppedHardwareOptions } from '../../../harness/stepped-hardware.js'

export type NvmeBenchOptions = Omit<NvmeOptions, 'name' | 'bar' | 'lines' | 'clock'>

export interface NvmeBench {
  readonly stepped: SteppedHardware
  readonly requester: Requester
  readonly adapter: NvmeAdapter
}

export async function startNvme(
  options: NvmeBenchOptions = {},
  parameters = {},
  host: SteppedHardwareOptions = {},
): Promise<NvmeBench> {
  const stepped = new SteppedHardware({ slots: 128, bufferBytes: 2 ** 20, lines: 2, ...host })
  const { lines, clock } = stepped
  const model = { model: 'nvme', name: 'nvme0', ...options } as const
  const { plan, resources } = prepareHardware(model, lines, 2 ** 20)
  const device = new NvmeDevice({ ...model, bar: plan.bar, lines, clock })
  for (const window of plan.windows) device.mapDma(window)
  await stepped.addDevice(nvme, device, resources, parameters)
  const requester = new Requester(stepped.engine)
  const framework = stepped.engine.framework()
  const adapter = framework.devices.get(0)?.context['adapter'] as NvmeAdapter
  return { stepped, requester, adapter }
}
