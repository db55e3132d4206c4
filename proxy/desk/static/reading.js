/**
 * The notebook of the course to read, in front of a program that is still opening, so that no empty page stands between the hub's
 * page and the learner's own notebook.
 */
import { askReading, readingLink } from './calls.js'
import { make, part } from './dom.js'
import { shownInside } from './place.js'
import { documentAt, eachPage, focusProgram, hasPainted } from './program.js'
import { filled, words } from './texts.js'

const lookMilliseconds = 50
/** A program that paints nothing that is known of is hidden no longer. */
const mostMilliseconds = 60_000

/** Shows the notebook until the program shows its own, or the learner wants to see that. A page that is loaded anew shows none. */
export async function startReading() {
  const path = documentAt(shownInside())
  const [{ type } = {}] = performance.getEntriesByType('navigation')
  if (path === undefined || type !== 'navigate') return
  const { title } = await askReading(path).catch(() => ({}))
  if (title === undefined || hasPainted()) return

  const frame = make('iframe', { title: filled(words.toRead, title), src: readingLink(path) })
  frame.sandbox = 'allow-popups allow-popups-to-escape-sandbox'
  const button = make('button', { type: 'button', textContent: words.showNow })
  const line = make('p', {}, words.reading, button)
  const reading = make('section', { id: 'reading', ariaLabel: words.readingName }, frame, line)
  // What has come is shown whole: an empty frame would hide the program.
  reading.style.visibility = 'hidden'

  const looks = setInterval(() => hasPainted() && end(), lookMilliseconds)
  const last = setTimeout(end, mostMilliseconds)
  function end() {
    clearInterval(looks)
    clearTimeout(last)
    const isHere = reading.contains(document.activeElement)
    reading.remove()
    if (isHere) focusProgram()
  }
  frame.addEventListener('load', () => {
    reading.style.visibility = ''
  })
  button.addEventListener('click', end)
  addEventListener('keydown', ({ key }) => key === 'Escape' && end())
  // A key or a press in the program is meant for the program.
  eachPage((window) => {
    for (const type of ['keydown', 'pointerdown']) window.addEventListener(type, end, { capture: true, once: true })
  })
  part('program').before(reading)
}
