/**
 * assets.ts: what goes into the page as it is: styles, the chart library, and the few lines that draw.
 *
 * Runs on: the main thread of the command. The files lie beside the compiled code: copy-assets.ts.
 */
import { readFileSync } from 'node:fs'

export const ASSETS_URL = new URL('./assets/', import.meta.url)

export interface Assets {
  readonly pageCss: string
  readonly uplotCss: string
  readonly uplotJs: string
  readonly uplotLicense: string
  readonly chartsJs: string
}

/** Throws when the build did not put them there. */
export function readAssets(folder: URL = ASSETS_URL): Assets {
  const read = (name: string) => readFileSync(new URL(name, folder), 'utf8')
  return {
    pageCss: read('page.css'),
    uplotCss: read('uplot.css'),
    uplotJs: read('uplot.js'),
    uplotLicense: read('uplot-license.txt'),
    chartsJs: read('charts.js'),
  }
}
