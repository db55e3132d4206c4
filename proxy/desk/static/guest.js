/** The line above the notebook of another user: says whose it is, and leads back. */
import { askWhose } from './calls.js'
import { part, show } from './dom.js'
import { mirror, startMirror, warnInTitle } from './mirror.js'
import { filled, words } from './texts.js'

const lookMilliseconds = 500
const againMilliseconds = 20_000

/** Asks until the hub answers: it may be away while the notebook goes on. */
async function tell() {
  try {
    const { owner, back } = await askWhose()
    show('owner', filled(words.whose, owner))
    warnInTitle(`${filled(words.whoseTitle, owner)} `)
    part('back').href = back
  } catch (error) {
    if (error.isAway) setTimeout(tell, againMilliseconds)
  }
}

startMirror()
setInterval(mirror, lookMilliseconds)
tell()
