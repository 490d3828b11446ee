/**
 * flame-page-script.ts: what the page of flame graphs does when somebody points, types or searches.
 *
 * Runs on: the main thread of the command; the text is for a browser. Without it the page still shows all.
 *
 * A graph is a tree for assistive technology: one frame can be reached by Tab, the arrow keys go on from
 * there as the picture suggests: down to what a function called, up to its caller, sideways to siblings.
 */
import { FRAME_REM } from './flame-page-style.js'

export const SCRIPT = String.raw`
'use strict'
for (const section of document.querySelectorAll('section.thread')) {
  const flame = section.querySelector('.flame')
  const detail = section.querySelector('.detail')
  const search = section.querySelector('input')
  const result = section.querySelector('output')
  const frames = [...flame.querySelectorAll('.frame')]
  const number = (frame, name) => Number(frame.style.getPropertyValue(name))
  const depth = (frame) => number(frame, '--depth')

  const focus = (frame) => {
    if (!frame) return
    for (const other of frames) other.tabIndex = other === frame ? 0 : -1
    frame.focus({ preventScroll: false })
  }
  const zoom = (frame) => {
    const x = number(frame, '--x')
    const width = number(frame, '--width')
    const slack = 1e-9
    let deepest = 0
    flame.style.setProperty('--zoom-x', x)
    flame.style.setProperty('--zoom-width', width)
    for (const other of frames) {
      const left = number(other, '--x')
      other.hidden = left + number(other, '--width') <= x + slack || left >= x + width - slack
      if (!other.hidden) deepest = Math.max(deepest, depth(other))
    }
    flame.style.height = (deepest + 1) * ${FRAME_REM} + 'rem'
  }
  const callerOf = (index) => {
    for (let i = index - 1; i >= 0; i--) if (depth(frames[i]) < depth(frames[index])) return frames[i]
  }
  const siblingOf = (index, step) => {
    for (let i = index + step; i >= 0 && i < frames.length; i += step) {
      if (depth(frames[i]) < depth(frames[index])) return
      if (depth(frames[i]) === depth(frames[index])) return frames[i]
    }
  }
  const calledBy = (index) => {
    const next = frames[index + 1]
    return next && depth(next) > depth(frames[index]) ? next : undefined
  }
  const shown = (frame) => (frame && !frame.hidden ? frame : undefined)
  const MOVES = {
    ArrowDown: (index) => focus(shown(calledBy(index))),
    ArrowUp: (index) => focus(callerOf(index)),
    ArrowLeft: (index) => focus(shown(siblingOf(index, -1))),
    ArrowRight: (index) => focus(shown(siblingOf(index, 1))),
    Home: () => focus(frames[0]),
    Enter: (index) => zoom(frames[index]),
    ' ': (index) => zoom(frames[index]),
    Escape: () => zoom(frames[0]),
  }
  flame.addEventListener('keydown', (event) => {
    const move = MOVES[event.key]
    if (!move || event.ctrlKey || event.altKey || event.metaKey) return
    event.preventDefault()
    move(frames.indexOf(event.target.closest('.frame')))
  })
  const describe = (event) => {
    const frame = event.target.closest('.frame')
    if (frame) detail.textContent = frame.getAttribute('aria-label')
  }
  flame.addEventListener('focusin', describe)
  flame.addEventListener('mouseover', describe)
  flame.addEventListener('click', (event) => {
    const frame = event.target.closest('.frame')
    if (!frame) return
    focus(frame)
    zoom(frame)
  })
  section.querySelector('button').addEventListener('click', () => zoom(frames[0]))
  search.addEventListener('input', () => {
    const wanted = search.value.trim().toLowerCase()
    let share = 0
    let end = 0
    let count = 0
    for (const frame of frames) {
      const found = wanted !== '' && frame.getAttribute('aria-label').toLowerCase().includes(wanted)
      frame.classList.toggle('found', found)
      if (!found) continue
      count++
      const left = number(frame, '--x')
      if (left < end) continue
      share += number(frame, '--width')
      end = left + number(frame, '--width') - 1e-9
    }
    result.textContent =
      wanted === '' ? '' : count + ' frames, ' + (100 * share).toFixed(1) + ' % of the busy time'
  })
  for (const element of section.querySelectorAll('.scripted')) element.hidden = false
}
`
