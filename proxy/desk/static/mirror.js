/** Makes the browser show the program's address, title and icon as its own, so that reload, bookmarks and tabs work as without a frame. */
import { part } from './dom.js'
import { deskOf, shownInside } from './place.js'
import { eachPage, focusProgram, innerIcon, innerTitle, inside } from './program.js'
import { words } from './texts.js'

let warned = ''

/** Puts a word in front of the title, which is seen in hidden tabs too. */
export function warnInTitle(words) {
  warned = words
  mirror()
}

export function mirror() {
  const shown = inside()
  if (shown === undefined) return
  if (shown !== shownInside()) history.replaceState(history.state, '', deskOf(shown))
  const title = warned + (innerTitle() || words.notebook)
  if (document.title !== title) document.title = title
  const icon = innerIcon()
  if (icon && part('icon').href !== icon) part('icon').href = icon
}

/** Begins to mirror, and lets links of the program to other sites leave the desk as they would leave the program's own tab. */
export function startMirror() {
  let isFirst = true
  eachPage((window) => {
    mirror()
    window.navigation?.addEventListener('currententrychange', mirror)
    window.addEventListener('click', leave)
    // The keyboard is not taken from a page around this one.
    if (isFirst && document.hasFocus() && document.activeElement === document.body) focusProgram()
    isFirst = false
  })
}

function leave(event) {
  const link = event.composedPath().find((one) => one.localName === 'a' && one.href)
  const { button, ctrlKey, metaKey, shiftKey, altKey, defaultPrevented } = event
  if (link === undefined || defaultPrevented || button !== 0 || ctrlKey || metaKey || shiftKey || altKey) return
  if (!['', '_self'].includes(link.target) || link.hasAttribute('download')) return
  if (!/^https?:$/.test(link.protocol) || link.origin === location.origin) return
  event.preventDefault()
  location.href = link.href
}
