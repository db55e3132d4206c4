/** The line above the notebook: draws what is known, and has its buttons do what they say. */
import { isActive, isVisible, watchInput } from './activity.js'
import { drawAnnouncements } from './announcements.js'
import { resetNotebook } from './calls.js'
import { openDialog } from './dialog.js'
import { make, part, say, show } from './dom.js'
import { openHelp } from './help.js'
import { mirror, startMirror } from './mirror.js'
import { follow, isOffered } from './newer.js'
import { memoryWords, nameOf } from './numbers.js'
import { openOffer } from './offer.js'
import { hubLink, isFramed, serverPath } from './place.js'
import { hasUnsaved, isSaved, isTransparent, openDocument, watchBlocked } from './program.js'
import { startReading } from './reading.js'
import { replaceNotebook, unseen } from './replace.js'
import { isShareable, openShare } from './share.js'
import { askNow, latest, startState } from './state.js'
import { filled, words } from './texts.js'
import { openVersions } from './versions.js'
import { drawWarning, startWarning } from './warning.js'

const lookMilliseconds = 500
const hiddenKey = 'carrel-strip'
/** When this tab last went to the hub by itself: for each server, since several of them may share an origin. */
const leftKey = `carrel-left ${serverPath}`
/** The page goes to the hub by itself once in this time. */
const leaveMilliseconds = 600_000
/** For so long at most a page that goes to the hub says nothing of what it is told meanwhile. */
const goingMilliseconds = 60_000

/** What is known of the notebook that the program shows now. */
const notebook = () => (latest.path === openDocument() ? latest.state?.notebook : undefined)

function draw() {
  const { state } = latest
  const open = openDocument()
  const known = notebook()
  show('course', state && (state.course.title ?? state.course.name))
  show('notebook', known?.title ?? (open && nameOf(open)))
  show('version', known?.version && known.version !== 'n/a' ? filled(words.version, known.version) : undefined)
  part('newer').hidden = !isOffered(known)
  const saved = isSaved()
  show('saved', saved === undefined ? undefined : saved ? words.saved : words.unsaved)
  part('saved').className = saved ? 'saved' : 'unsaved'
  show('memory', state?.memory && filled(words.memory, memoryWords(state.memory)))
  part('reset').parentElement.hidden = known?.copy !== true
  part('versions').parentElement.hidden = !known || !(known.copy || known.versions > 0)
  part('share').parentElement.hidden = !(state?.copies && isShareable(open))
  drawAnnouncements(state?.announcements ?? [])
  drawWarning()
}

function look() {
  mirror()
  draw()
  follow(notebook())
}

function toggleMenu(isOpen) {
  part('menu').setAttribute('aria-expanded', String(isOpen))
  part('strip').classList.toggle('open', isOpen)
}

function hide(isHidden) {
  document.body.classList.toggle('full', isHidden)
  part('show').hidden = !isHidden
  try {
    localStorage.setItem(hiddenKey, isHidden ? 'hidden' : 'shown')
  } catch {
    // A browser that keeps nothing forgets this too.
  }
}

function wasHidden() {
  try {
    return localStorage.getItem(hiddenKey) === 'hidden'
  } catch {
    return false
  }
}

function askReset() {
  const { path } = notebook() ?? {}
  if (path === undefined) return
  openDialog({
    title: words.resetTitle,
    content: [make('p', { textContent: [filled(words.resetWhat, nameOf(path)), ...unseen()].join(' ') })],
    closes: words.cancel,
    actions: [
      {
        label: words.takeAgain,
        isMain: true,
        act: () => replaceNotebook(path, () => resetNotebook(path), words.isCourses),
      },
    ],
  })
}

const openAgain = () => {
  location.href = hubLink('open')
}

let isLost = false
let leaves = 0

/**
 * The server is gone. An unattended page stays, since going on would start the server again, and so does one that has only just
 * come back: hub and proxies may differ for a while about what runs, and a page that loads anew all the time tells no one why.
 * A page that stays says so, and from then on its button alone leads on, until it hears that the server runs.
 */
function stopped() {
  if (Date.now() - leaves < goingMilliseconds) return
  if (!isLost && isActive() && isTransparent() && !hasUnsaved() && mayLeave()) {
    leaves = Date.now()
    return openAgain()
  }
  lost({ message: hasUnsaved() ? words.stoppedUnsaved : words.stopped })
}

/** Returns whether this tab may leave by itself, and notes that it does. Where the browser keeps nothing, it may each time. */
function mayLeave() {
  try {
    if (Date.now() - Number(sessionStorage.getItem(leftKey)) < leaveMilliseconds) return false
    sessionStorage.setItem(leftKey, String(Date.now()))
  } catch {
    // Nothing tells such a page that it has come back, and to stay would be wrong for most.
  }
  return true
}

/** This browser may not use the server any more. Said once, since each saying is read aloud. */
function lost({ message }) {
  if (!isLost) say(message, { again: true })
  isLost = true
}

function stateCame() {
  if (isLost) say('')
  isLost = false
  draw()
  follow(notebook())
}

const actions = {
  menu: () => toggleMenu(part('menu').getAttribute('aria-expanded') !== 'true'),
  newer: () => openOffer(notebook()),
  versions: () => openVersions(notebook()),
  reset: askReset,
  share: () => latest.state?.copies && openShare(openDocument(), latest.state.copies),
  help: openHelp,
  restart: () => {
    location.href = hubLink('restart')
  },
  tab: () => {
    location.href = hubLink('tab')
  },
  hide: () => {
    hide(true)
    part('show').focus()
  },
  show: () => {
    hide(false)
    part('hide').checkVisibility() ? part('hide').focus() : part('menu').focus()
  },
  ok: () => say(''),
  again: openAgain,
}
for (const [id, act] of Object.entries(actions)) {
  part(id).addEventListener('click', () => {
    if (id !== 'menu') {
      // Where the menu is behind a button, that button gets the keyboard back.
      if (part('menu').checkVisibility() && part('actions').contains(part(id))) part('menu').focus()
      toggleMenu(false)
    }
    act()
  })
}
part('strip').addEventListener('keydown', ({ key }) => {
  if (key !== 'Escape' || part('menu').getAttribute('aria-expanded') !== 'true') return
  toggleMenu(false)
  part('menu').focus()
})
part('program').addEventListener('focus', () => toggleMenu(false))

part('tab').parentElement.hidden = !isFramed
if (wasHidden()) hide(true)
document.addEventListener('visibilitychange', () => isVisible() && askNow())
addEventListener('online', askNow)
// The whole program is printed, as far as it shows.
addEventListener('beforeprint', () => {
  const height = part('program').contentDocument?.documentElement.scrollHeight
  if (height) part('program').style.setProperty('--whole', `${height}px`)
})

startReading()
startMirror()
watchBlocked(openAgain)
startWarning()
watchInput(askNow)
startState({ stateCame, stopped, lost })
setInterval(() => {
  look()
  if (openDocument() !== latest.asked) askNow()
}, lookMilliseconds)
