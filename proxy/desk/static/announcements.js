/** What the site and the course tell, in lines of their own, each of which a learner can close in this browser. */
import { make, part } from './dom.js'
import { filled, words } from './texts.js'

const closedKey = 'carrel-announcements-closed'
/** What is drawn, so that nothing is drawn, and read aloud, anew that has not changed. */
let drawn = ''
/** Where a browser keeps nothing, what is closed stays so until the page is loaded again. */
let closed = readClosed()

/** Shows what is told, but for what the learner has closed. */
export function drawAnnouncements(all) {
  const shown = all.filter(({ id }) => !closed.includes(id))
  const now = JSON.stringify(shown)
  if (now === drawn) return
  drawn = now
  part('announcements').hidden = shown.length === 0
  part('announcements').replaceChildren(...shown.map((one) => line(one, all)))
}

function line({ id, level, text }, all) {
  const close = make('button', { type: 'button', textContent: words.close })
  close.setAttribute('aria-label', filled(words.closeNamed, text))
  close.addEventListener('click', () => {
    // Only of what is told still, so that the list does not grow for ever.
    closed = [...closed.filter((one) => all.some((other) => other.id === one)), id]
    keepClosed()
    drawAnnouncements(all)
    part('menu').checkVisibility() ? part('menu').focus() : part('help').focus()
  })
  const marks = level === 'warning' ? [make('strong', { textContent: words.important }), ' '] : []
  return make('p', { className: level }, make('span', {}, ...marks, ...withLinks(text)), close)
}

/** Returns the text with its addresses of https as links. All else in it stays text. */
function withLinks(text) {
  return text.split(/(https:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]])/).map((piece, index) => {
    if (index % 2 === 0 || !URL.canParse(piece)) return piece
    return make('a', { href: new URL(piece).href, target: '_blank', rel: 'noopener noreferrer', textContent: piece })
  })
}

function readClosed() {
  try {
    const kept = JSON.parse(localStorage.getItem(closedKey) ?? '[]')
    return Array.isArray(kept) ? kept.filter((one) => typeof one === 'string') : []
  } catch {
    return []
  }
}

function keepClosed() {
  try {
    localStorage.setItem(closedKey, JSON.stringify(closed))
  } catch {
    // Closed until the page is loaded again.
  }
}
