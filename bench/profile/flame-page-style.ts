/**
 * flame-page-style.ts: the style sheet of the page of flame graphs.
 *
 * Runs on: the main thread of the command; the text is for a browser.
 * A frame's place is computed from four numbers, so zooming changes two of them and moves every frame.
 */
import { LAYERS } from './layer.js'

/** Height of a frame, rem. */
export const FRAME_REM = 1.5

/** Far apart on the colour circle, so that neighbours of the table differ; lightness alternates, too. */
const HUE_STEP = 137.5

const LAYER_COLOURS = LAYERS.map((layer, index) => {
  const hue = Math.round((index * HUE_STEP) % 360)
  const lightness = index % 2 === 0 ? 80 : 66
  return `.${layerClass(layer)} { --layer: hsl(${hue} 65% ${lightness}%); }`
}).join('\n')

/** The class of a layer's frames and table cells. */
export function layerClass(layer: string): string {
  return `layer-${layer.replaceAll(' ', '-')}`
}

export const STYLE = `
:root { color-scheme: light dark; --line: #8886; --soft: #8882; }
* { box-sizing: border-box; }
body { font: 16px/1.45 system-ui, sans-serif; margin: 0 auto; padding: 1rem; max-width: 90rem; }
h1 { font-size: 1.35rem; margin: 0 0 .3rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2rem 0 .3rem; }
p { margin: .3rem 0; max-width: 70ch; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .5rem; padding: 0; }
nav a { display: block; padding: .5rem .8rem; border: 1px solid var(--line); border-radius: .4rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; max-width: calc(100vw - 2rem); }
th, td { padding: .2rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child, .text { text-align: left; }
tbody th { font-weight: normal; }
.swatch::before { content: ''; display: inline-block; width: .8em; height: .8em; margin-right: .5em;
  background: var(--layer); border: 1px solid #0006; }
.tools { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin: .5rem 0; }
.tools input, .tools button { font: inherit; padding: .35rem .6rem; min-height: 2.75rem; }
.tools input { flex: 1 1 12rem; max-width: 24rem; min-width: 0; }
.flame { position: relative; overflow: hidden; --zoom-x: 0; --zoom-width: 1; }
.frame { position: absolute; height: ${FRAME_REM}rem; top: calc(var(--depth) * ${FRAME_REM}rem);
  left: max(0%, (var(--x) - var(--zoom-x)) / var(--zoom-width) * 100%);
  right: max(0%, (var(--zoom-x) + var(--zoom-width) - var(--x) - var(--width)) / var(--zoom-width) * 100%);
  background: var(--layer); color: #111; font-size: .75rem; line-height: 1.4rem; cursor: pointer;
  overflow: hidden; white-space: nowrap; text-indent: .2rem; border: 1px solid #fff8; border-radius: 2px; }
.frame:focus { outline: 3px solid #06f; outline-offset: -3px; z-index: 1; }
.frame.found { background: #ffef5c; font-weight: 600; }
.frame[hidden] { display: none; }
.detail { position: sticky; bottom: 0; background: Canvas; padding: .5rem 0; min-height: 3.5rem;
  border-top: 1px solid var(--line); overflow-wrap: anywhere; margin: 0; max-width: none; }
.detail:empty { display: none; }
kbd { border: 1px solid var(--line); border-radius: .2rem; padding: 0 .3rem; font-size: .85em; }
${LAYER_COLOURS}
`
