/** Whether a person is here: the page is visible, and had input in the last half hour, here or in the program. */
import { eachPage } from './program.js'

const halfHour = 30 * 60_000
let lastInput = Date.now()

const noteInput = () => {
  lastInput = Date.now()
}

export const isVisible = () => document.visibilityState === 'visible'
/** Whether there was input just now, so that nothing should move. */
export const isInUse = () => Date.now() - lastInput < 5000
export const isActive = () => isVisible() && Date.now() - lastInput < halfHour

/** Begins to look for input. `back` is called when input comes after half an hour without. */
export function watchInput(back) {
  const note = () => {
    const wasAway = Date.now() - lastInput >= halfHour
    noteInput()
    if (wasAway) back()
  }
  const listen = (target) => {
    for (const type of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'])
      target.addEventListener(type, note, { capture: true, passive: true })
  }
  listen(window)
  eachPage(listen)
}
