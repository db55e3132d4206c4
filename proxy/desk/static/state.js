/** Asks for the state from time to time, and at once when something has happened. */
import { isActive, isVisible } from './activity.js'
import { askState } from './calls.js'
import { openDocument } from './program.js'

/** A hidden page asks this many times less often. */
const hiddenTimes = 5
/** Before this many seconds are left a hidden page asks too, so that it can warn. */
const warnSeconds = 310
const longest = 600

/** The newest state, when it came, for which document, and for which document the last call has asked. */
export const latest = { state: undefined, at: 0, path: undefined, asked: undefined }

let timer
let failures = 0
let asking
let told = { stateCame() {}, stopped() {}, lost() {} }

/** Begins to ask. `stateCame` gets each state, `stopped` is called when the server runs no more, `lost` when this browser may not use it. */
export function startState(listeners) {
  told = listeners
  return askNow()
}

/** Asks now. Of several wishes at once one more call is made after the one under way. */
export async function askNow() {
  if (asking !== undefined) {
    await asking
    if (asking !== undefined) return asking
  }
  asking = ask().finally(() => {
    asking = undefined
  })
  return asking
}

async function ask() {
  clearTimeout(timer)
  const path = openDocument()
  latest.asked = path
  let seconds = 30
  try {
    const state = await askState(path, isActive())
    failures = 0
    Object.assign(latest, { state, at: Date.now(), path })
    told.stateCame(state)
    seconds = nextIn(state)
  } catch (refusal) {
    failures += 1
    seconds = Math.min(longest, 10 * 2 ** Math.min(failures, 6))
    if (refusal.isStopped) told.stopped()
    else if (refusal.status === 403) told.lost(refusal)
  }
  // At times of its own, so that a whole class does not ask at once.
  timer = setTimeout(askNow, seconds * 1000 * (0.8 + 0.4 * Math.random()))
}

function nextIn({ again, ends }) {
  const seconds = Math.min(longest, Math.max(2, again)) * (isVisible() ? 1 : hiddenTimes)
  return ends === undefined ? seconds : Math.min(seconds, Math.max(15, ends.seconds - warnSeconds))
}

/** Returns the seconds that are left now. */
export const secondsLeft = () => latest.state?.ends && latest.state.ends.seconds - (Date.now() - latest.at) / 1000
