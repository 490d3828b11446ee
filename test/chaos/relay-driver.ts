/**
 * Relay driver: hands every request on to the device `parameters.to`, which lives on another worker; so the
 * worker is a host, too, and dies as one. Runs on: worker.
 * Writes are handed on for good, reads come back through a completion routine.
 */
import { defineDriver, STATUS_DRIVER_PROCESS_TERMINATED } from '../../src/index.js'

export default defineDriver({
  EvtDriverDeviceAdd(_driver, deviceInit) {
    const to = String(deviceInit.parameters['to'])
    deviceInit.setPnpPowerEventCallbacks({
      async EvtDevicePrepareHardware() {
        for (;;) {
          try {
            await target.open(to)
            return
          } catch (error) {
            // The other worker died with the open: it has a successor.
            const { ntstatus } = error as { ntstatus?: number }
            if (ntstatus !== STATUS_DRIVER_PROCESS_TERMINATED) throw error
          }
        }
      },
      EvtDeviceReleaseHardware: () => target.close(),
    })
    const device = deviceInit.createDevice({ synchronizationScope: 'device' })
    const target = device.createIoTarget()
    device.createIoQueue({
      dispatchType: 'parallel',
      defaultQueue: true,
      EvtIoRead(_queue, request) {
        request.formatRequestUsingCurrentType()
        request.setCompletionRoutine((own, _target, { status, information }) =>
          own.completeWithInformation(status, information),
        )
        if (!request.send(target)) request.complete(request.getStatus())
      },
      EvtIoWrite(_queue, request) {
        if (!request.send(target, { sendAndForget: true })) request.complete(request.getStatus())
      },
    })
  },
})
