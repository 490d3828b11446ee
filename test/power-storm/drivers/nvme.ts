/** The shipped NVMe driver with a witness. Runs on: worker. Parameters: the driver's and the witness's. */
import nvme from '../../../src/pairs/hardware/nvme.js'
import { witnessed } from '../witness.js'

export default witnessed(nvme)
