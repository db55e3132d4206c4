// The launch page: asks the hub to begin, shows how it goes, and takes the seat when the server is ready.
import { bringFiles } from './bring-files.js'
import { holdPage, sendTicket } from './enter.js'
import { keepHeight, notifyLeaving, notifyParent, tellOtherFrames } from './frame.js'
import { showContact } from './show-contact.js'
import { signInByWindow } from './sign-in.js'
import { showTime } from './start-time.js'
import { inReadersZone } from './times.js'
import { words } from './words.js'

const page = document.getElementById('launch')
const before = document.getElementById('before')
const message = document.getElementById('message')
const bar = document.getElementById('progress')
const reference = document.getElementById('reference')
const actions = document.getElementById('actions')
const restart = document.getElementById('restart')
const newTab = document.getElementById('new-tab')
const chosen = document.getElementById('chosen')
const reading = document.getElementById('reading')
// What a notebook that waits would lose later; absent where files outlive a stop.
const files = document.getElementById('files')
const { framed, fresh, ask, refused, waits, proof, nonceCookie, after, course } = page.dataset
let { link } = page.dataset
// Whether the notebook was not ready when this page was made, which then has no form that leads there.
const hasWaited = !bar.hidden
let signedIn = false
// Whether a person has pressed the button of a page that said what is lost. Nothing else may make it true.
let confirmed = false
// Whether a person has pressed the button that makes the notebook of the link.
let make = false

const element = (tag, properties) => Object.assign(document.createElement(tag), properties)

/**
 * Sets the first-visit nonce. One nonce is one session in all frames of a page, so the first of them makes it and the
 * others find it.
 */
function ensureNonce() {
  const present = document.cookie.split('; ').some((cookie) => cookie.startsWith(`${nonceCookie}=`))
  if (present && !confirmed) return
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  const value = btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
  const secure = nonceCookie.startsWith('__Host-')
  const scope = framed === 'true' ? 'SameSite=None; Secure; Partitioned' : `SameSite=Lax${secure ? '; Secure' : ''}`
  document.cookie = `${nonceCookie}=${value}; Path=/; Max-Age=60; ${scope}`
}

/** Returns whether scripts may keep things. JupyterLab reloads for ever where it may keep nothing. */
function canStore() {
  try {
    localStorage.setItem('carrel-probe', '1')
    localStorage.removeItem('carrel-probe')
    return true
  } catch {
    return false
  }
}

const patienceMilliseconds = 60_000

/**
 * Posts JSON and returns the answer's. To post twice does no harm, so a hub that is being replaced is asked again until
 * it answers.
 */
async function post(path, body) {
  let until = Date.now() + patienceMilliseconds
  for (;;) {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
    }).catch(() => undefined)
    if (response?.ok) return response.json()
    if (response?.status === 503 && (await waitsForHub(response))) {
      until = Date.now() + patienceMilliseconds
      continue
    }
    const away = response === undefined || response.status === 502 || response.status === 503
    if (!away || Date.now() > until) {
      const answer = (await response?.json().catch(() => undefined)) ?? {}
      throw Object.assign(new Error(answer.message), answer)
    }
    showMessage(words.hubAway)
    await pause(1000)
  }
}

/**
 * Shows that there is maintenance, or that the software of the course is being made, if the hub says so, and waits until
 * the hub may be asked again. Returns whether.
 */
async function waitsForHub(response) {
  const answer = await response
    .clone()
    .json()
    .catch(() => ({}))
  const { error, message: text } = answer
  if (error === 'image_not_built') {
    // What has not changed is not said again, since a screen reader would read it again.
    if (message.textContent !== text) showMessage(text)
    setActions()
    bar.hidden = false
    bar.value = answer.percent
    await pause(maintenancePause(Number(response.headers.get('retry-after')) || 3))
    return true
  }
  if (error !== 'maintenance') return false
  showMessage(`${text} ${words.goesOn}`)
  bar.hidden = true
  const seconds = Number(response.headers.get('retry-after')) || 30
  await pause(maintenancePause(seconds))
  return true
}

/** Returns for how long to wait, at most so many seconds. A whole class must not ask at once. */
function maintenancePause(seconds = 30) {
  return seconds * 1000 * (0.5 + Math.random() / 2)
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

async function begin() {
  ensureNonce()
  const letGo = holdPage()
  // A page that shows how far the course's software is goes on to show that.
  if (waits !== 'build') show({ state: 'creating', message: words.opening })
  try {
    const { launch, notice, ...begun } = await post('/hub/launches', {
      link,
      framed: framed === 'true',
      storage: canStore(),
      confirmed,
      make,
      ...(proof && { proof }),
    })
    restart.firstElementChild.href = begun.restart
    const early = element('link', { rel: 'preconnect', href: begun.connects })
    if (begun.connects) document.head.append(early)
    bringFiles(begun.files)
    showChoices(begun.choices)
    showReading(begun.reading)
    // A reload, or another try, must find the work and not take it away again.
    if (after !== link) history.replaceState(null, '', after)
    link = after
    confirmed = false
    make = false
    if (notice) showMessage(notice)
    tellOtherFrames(course)
    if (begun.entrance !== undefined && sendTicket(begun.entrance)) return
    // The page around a frame is not to load for as long as a notebook starts.
    if (begun.ready || framed === 'true') letGo()
    // What may be to read first stands on the launch's own page too.
    if (begun.ready) location.replace(`/hub/launches/${launch}`)
    else follow(launch)
  } catch (error) {
    letGo()
    giveUp(error)
  }
}

/** Shows what the notebook has of what its course lets learners choose. */
function showChoices({ says = [], change } = {}) {
  const lines = says.map((textContent) => element('p', { className: 'quiet', textContent }))
  if (change !== undefined) {
    const line = element('p', { className: 'quiet' })
    line.append(element('a', { href: change, textContent: words.chooseOtherwise }))
    lines.push(line)
  }
  chosen.replaceChildren(...lines)
}

/** Shows the notebook of the course, to read while the learner's own is made ready. */
function showReading({ says, address, name } = {}) {
  reading.hidden = address === undefined
  if (address === undefined) return
  reading.querySelector('p').textContent = says
  const frame = reading.querySelector('iframe')
  frame.title = name
  frame.src = address
}

function follow(launch, until = Date.now() + patienceMilliseconds) {
  keepHeight()
  const address = `/hub/launches/${launch}/events?language=${document.documentElement.lang}`
  const events = new EventSource(address)
  let patience = until
  events.onmessage = ({ data }) => {
    patience = Date.now() + patienceMilliseconds
    const progress = JSON.parse(data)
    show(progress)
    if (progress.state !== 'ready' && progress.state !== 'failed') return
    events.close()
    if (progress.state === 'ready' && progress.told === undefined) enter(launch)
    else if (progress.state === 'ready') setActions(button(words.open, () => enterAnyway(launch)))
  }
  // The browser connects again by itself after a broken connection, but not after an answer that is no stream.
  events.onerror = async () => {
    if (events.readyState !== EventSource.CLOSED) return
    const busy = await busySeconds(address)
    if (busy > 0) {
      showMessage(words.manyWait)
      await pause(busy * 1000)
      return follow(launch)
    }
    if (Date.now() > patience) return giveUp({ message: words.connectionLost })
    showMessage(words.hubAway)
    await pause(1000)
    follow(launch, patience)
  }
}

/** Returns how long to wait when there are too many event streams, else 0. An event stream does not tell its status. */
async function busySeconds(address) {
  const response = await fetch(address, { method: 'HEAD' }).catch(() => undefined)
  return response?.status === 429 ? Number(response.headers.get('retry-after')) || 1 : 0
}

/**
 * Opens the notebook in place of this page, so that "Back" leads to where the learner came from (`enter.js`): a page that still
 * loads sends the ticket, else the page of the launch, loaded anew where it has waited. One that was made without the form asks
 * for it, and is told why there is none, as in another browser.
 */
async function enter(launch) {
  const address = `/hub/launches/${launch}`
  const late = location.pathname === address && !hasWaited
  if (!late && document.readyState === 'complete') return location.replace(address)
  try {
    if (!sendTicket(await post(`/hub/launches/${launch}/ticket`, {}), { late })) location.replace(address)
  } catch (error) {
    if (error.error === 'not_ready') follow(launch)
    else giveUp(error)
  }
}

/** Goes on after the person has read what the notebook has had trouble with. */
async function enterAnyway(launch) {
  try {
    await post(`/hub/launches/${launch}/read`, {})
    enter(launch)
  } catch (error) {
    giveUp(error)
  }
}

function show(progress) {
  page.dataset.state = progress.state
  // Staff find more about what went wrong. A notebook that was stopped, or a course that is closed, is nothing wrong.
  page.dataset.wrong = String(progress.reference !== undefined)
  showMessage(progress.message)
  showTime(progress.start)
  if (progress.state !== 'ready')
    notifyParent({ carrel: 'state', state: progress.state === 'failed' ? 'failed' : 'launching' })
  // A screen reader reads it once, since it does not change while the new notebook starts.
  const news = progress.before ?? progress.told
  if (news !== undefined && before.textContent !== news) before.textContent = news
  before.hidden = news === undefined
  bar.hidden = progress.state === 'failed' || progress.state === 'ready'
  if (progress.percent === undefined) bar.removeAttribute('value')
  else bar.value = progress.percent
  reference.hidden = progress.reference === undefined
  reference.lastElementChild.textContent = progress.reference ?? ''
  showContact(progress.state === 'failed', progress.reference)
  restart.hidden = progress.state !== 'ready' || !restart.firstElementChild.hasAttribute('href')
  if (progress.again) setActions(button(progress.again, begin))
  else setActions()
}

function showMessage(text) {
  message.textContent = inReadersZone(text)
}

/**
 * Shows these buttons. A focus on a button that goes moves to the message, and any other focus stays, because frames
 * must not fight for it.
 */
function setActions(...elements) {
  const wasHere = document.hasFocus() && actions.contains(document.activeElement)
  actions.replaceChildren(...elements)
  if (files !== null) files.hidden = bar.hidden
  if (wasHere) message.focus()
}

function giveUp(error) {
  if (error.page) {
    location.replace(error.page)
    return
  }
  if (error.error === 'ask_first') return showQuestion(error)
  if (error.error === 'sign_in' && framed !== 'true') {
    location.assign(`/hub/login?next=${encodeURIComponent(link)}`)
    return
  }
  if (error.error === 'sign_in' && !signedIn) return offerSignIn()
  if (error.error === 'sign_in') error = { error: 'no_cookies', message: words.keepsNothing, may_pass: true }
  notifyParent({ carrel: 'state', state: 'failed' })
  showTime()
  page.dataset.state = 'failed'
  // An error without a code is no answer of the hub.
  const isWrong = error.error === undefined || error.status === 500
  page.dataset.wrong = String(isWrong)
  showMessage(error.message || words.noAnswer)
  bar.hidden = true
  showContact(true)
  if (error.error === 'no_cookies') newTab.hidden = false
  const mayPass = error.may_pass || isWrong || error.status > 500
  setActions(...anchors(error.links, { hasMain: !mayPass }), ...(mayPass ? [button(words.again, begin)] : []))
}

/** Returns what a refusal offers. The first of it is what to do next where nothing else is, as on the hub's own page of the refusal. */
function anchors(links = [], { hasMain = false } = {}) {
  return links.map(({ href, text, here, make: makes }, at) => {
    const look = hasMain && at === 0 ? '' : 'plain'
    const made = makes ? button(text, () => makeNotebook(href)) : element('a', { href, textContent: text })
    made.className = makes ? look : `button ${look}`
    if (!makes && framed === 'true' && !here) made.target = '_blank'
    return made
  })
}

function makeNotebook(href) {
  link = href
  make = true
  begin()
}

/** Shows what the hub says would be lost. What loses nothing comes first. */
function showQuestion({ message: question, links }) {
  showMessage(question)
  bar.hidden = true
  const yes = button(fresh === 'true' ? words.startOver : words.goOn, goOn)
  setActions(...anchors(links), Object.assign(yes, { className: 'danger' }))
}

function goOn() {
  confirmed = true
  begin()
}

async function offerSignIn() {
  notifyParent({ carrel: 'state', state: 'sign-in' })
  showMessage(words.signInFirst)
  bar.hidden = true
  const opener = element('button', { textContent: words.signIn, disabled: true })
  setActions(opener)
  try {
    await signInByWindow({ link, button: opener, showMessage, redeem: (code) => post('/hub/window/session', code) })
    signedIn = true
    begin()
  } catch (error) {
    giveUp(error)
  }
}

function button(text, act) {
  const made = element('button', { textContent: text })
  made.addEventListener('click', act)
  return made
}

if (page.dataset.launch) {
  const entrance = document.getElementById('enter')
  if (entrance?.dataset.tells === 'true') {
    entrance.addEventListener('submit', (event) => {
      event.preventDefault()
      enterAnyway(page.dataset.launch)
    })
  } else if (entrance) {
    notifyLeaving()
    entrance.submit()
  } else {
    tellOtherFrames(course)
    bringFiles(page.dataset.files)
    follow(page.dataset.launch)
  }
} else if (ask === 'true' || refused === 'true') {
  // The person says when to go on: the page asks first, or the hub has refused the launch just now.
  const act = ask === 'true' ? goOn : begin
  if (refused === 'true' && waits !== 'build') notifyParent({ carrel: 'state', state: 'failed' })
  const form = document.getElementById('start')
  form.addEventListener('submit', (event) => {
    // A one-time code goes along with the form itself.
    if (form.elements.code !== undefined) return
    event.preventDefault()
    act()
  })
  if (waits === 'build') act()
  else if (waits === 'true') pause(maintenancePause()).then(act)
} else {
  begin()
}
