/** The shipped edu driver with a witness. Runs on: worker. Parameters: the driver's and the witness's. */
import edu from '../../../src/pairs/hardware/edu.js'
import { witnessed } from '../witness.js'

export default witnessed(edu)
