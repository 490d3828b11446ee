/**
 * copy-assets.ts: the last step of the build: puts what the page of `--html` needs beside its code, uPlot with
 * its licence included, so that a published irpool makes the page without uPlot and without a network.
 *
 * Runs on: the main thread of a process of its own, `npm run build`.
 */
import { copyFileSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { ASSETS_URL } from './assets.js'

const { resolve } = createRequire(import.meta.url)
const root = path.dirname(resolve('irpool/package.json'))
const uplot = path.join(path.dirname(resolve('uplot/package.json')))
const own = path.join(root, 'bench/html/assets')

mkdirSync(ASSETS_URL, { recursive: true })
const copies = [
  [path.join(uplot, 'dist/uPlot.iife.min.js'), 'uplot.js'],
  [path.join(uplot, 'dist/uPlot.min.css'), 'uplot.css'],
  [path.join(uplot, 'LICENSE'), 'uplot-license.txt'],
  [path.join(own, 'charts.js'), 'charts.js'],
  [path.join(own, 'page.css'), 'page.css'],
] as const
for (const [from, name] of copies) copyFileSync(from, new URL(name, ASSETS_URL))
