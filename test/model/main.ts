import { explore } from './engine/explorer.js'
import { scenarios } from './scenarios/index.js'
import { loadSource, registerVariants, SHIPPED } from './shipped.js'

registerVariants({})
const source = await loadSource(SHIPPED)
for (const scenario of scenarios) {
  if (process.argv[2] !== undefined && !scenario.name.includes(process.argv[2])) continue
  for (const start of scenario.starts) {
    const before = performance.now()
    const v = explore(scenario, source, start)
    console.log(scenario.name, start, v, Math.round(performance.now() - before), 'ms')
  }
}
