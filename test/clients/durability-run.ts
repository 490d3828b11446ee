/**
 * `node build/test/clients/durability-run.js [KILLS] [SEED]`: as many kills under load as are asked for (50), and
 * whether anything durable was lost. Exit code 1 if so.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { killUnderLoad } from './durability.js'
import { seededRandom } from './random.js'

const [kills = 50, seed = Date.now() % 1e6] = process.argv.slice(2).map(Number)
const folder = mkdtempSync(join(tmpdir(), 'irpool-durability-'))
const result = await killUnderLoad(folder, kills, seededRandom(seed))
rmSync(folder, { recursive: true })
console.log(
  `seed ${seed}: killed ${result.kills} times, ${result.durableAnswers} durable answers, ${result.lost} sectors lost`,
)
process.exitCode = result.lost === 0 ? 0 : 1
