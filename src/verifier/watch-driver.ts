/**
 * Watch driver: a driver module whose EvtDriverDeviceAdd gets a DeviceInit that is watched, and so everything that
 * comes from it. Runs on: worker.
 */
import type { DeviceInit } from '../framework/device-init.js'
import type { DriverConfig } from '../framework/driver.js'
import type { CallbackKind } from './activation.js'
import { callSite } from './call-site.js'
import { interpose } from './interpose.js'
import type { Verifier } from './verifier.js'
import { watchDevice } from './watch-device.js'
import { WatchedDevice } from './watched-device.js'

export function watchDriver(verifier: Verifier, config: DriverConfig, url: string): DriverConfig {
  return {
    ...config,
    EvtDriverDeviceAdd: (driver, init) => {
      const watched = new WatchedDevice(init.name, url)
      watchInit(verifier, init, watched)
      const { EvtDriverDeviceAdd } = config
      const add = verifier.callbacks.wrap(watched, 'EvtDriverDeviceAdd', EvtDriverDeviceAdd)
      return add(driver, init)
    },
  }
}

/** Callbacks that rules are about; the others are just callbacks. */
const KINDS: Readonly<Record<string, CallbackKind>> = {
  EvtDeviceD0Entry: 'd0-entry',
  EvtDeviceSurpriseRemoval: 'surprise-removal',
  EvtDeviceFileCreate: 'io',
  EvtCleanup: 'request-end',
  EvtDestroy: 'request-end',
}

function kindOf(name: string): CallbackKind {
  return KINDS[name] ?? 'other'
}

function watchInit(verifier: Verifier, init: DeviceInit, watched: WatchedDevice): void {
  const { callbacks } = verifier
  interpose(verifier, init, 'setPnpPowerEventCallbacks', (proceed, config) =>
    proceed(callbacks.wrapAll(watched, config, kindOf)),
  )
  interpose(verifier, init, 'setPowerPolicyEventCallbacks', (proceed, config) => {
    watched.policySite = callSite()
    proceed(callbacks.wrapAll(watched, config, kindOf))
  })
  interpose(verifier, init, 'setFdoEventCallbacks', (proceed, config) =>
    proceed(callbacks.wrapAll(watched, config, kindOf)),
  )
  interpose(verifier, init, 'setPdoEventCallbacks', (proceed, config) =>
    proceed(callbacks.wrapAll(watched, config, kindOf)),
  )
  interpose(verifier, init, 'setRequestAttributes', (proceed, attributes) =>
    proceed(callbacks.wrapAll(watched, attributes, kindOf)),
  )
  interpose(verifier, init, 'setFileObjectConfig', (proceed, config) => {
    watched.hasFileConfig = true
    proceed(callbacks.wrapAll(watched, config, kindOf))
  })
  interpose(verifier, init, 'setIoInCallerContextCallback', (proceed, callback) =>
    proceed(callbacks.wrap(watched, 'EvtIoInCallerContext', callback, 'io')),
  )
  interpose(verifier, init, 'assignWdmIrpPreprocessCallback', (proceed, major, callback) =>
    proceed(major, callbacks.wrap(watched, 'EvtDeviceWdmIrpPreprocess', callback, 'dispatch')),
  )
  interpose(verifier, init, 'registerPnpStateChangeCallback', (proceed, state, callback, types) =>
    proceed(state, callbacks.wrap(watched, 'EvtDevicePnpStateChange', callback), types),
  )
  interpose(verifier, init, 'registerPowerStateChangeCallback', (proceed, state, callback, types) =>
    proceed(state, callbacks.wrap(watched, 'EvtDevicePowerStateChange', callback), types),
  )
  interpose(
    verifier,
    init,
    'registerPowerPolicyStateChangeCallback',
    (proceed, state, callback, types) =>
      proceed(state, callbacks.wrap(watched, 'EvtDevicePowerPolicyStateChange', callback), types),
  )
  interpose(verifier, init, 'createDevice', (proceed, attributes) => {
    verifier.injection.allocate('a device')
    const { policySite: site } = watched
    if (site !== null && (init.isFilter || init.role === 'bus')) {
      const message =
        'setPowerPolicyEventCallbacks was called for a device that owns no power policy'
      verifier.violation('NonFDONotPowerPolicyOwnerAPI', message, { watched, site })
    }
    const device = proceed(attributes)
    watched.device = device
    verifier.watch(watched)
    watchDevice(verifier, device, watched)
    return device
  })
}
