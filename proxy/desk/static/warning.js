/** The warning before a stop: why, a clock, and what can be done. In the last seconds it saves everything. */
import { isVisible } from './activity.js'
import { keepServer } from './calls.js'
import { part, say } from './dom.js'
import { warnInTitle } from './mirror.js'
import { isTransparent, saveAll } from './program.js'
import { latest, secondsLeft } from './state.js'
import { clock, roughly } from './words.js'

/** Browsers let a hidden page do something once a minute only. */
const saveSeconds = () => (isVisible() ? 20 : 80)
let savedFor

/** Draws the warning as it is at this moment. */
export function drawWarning() {
  const { state } = latest
  const left = secondsLeft()
  const isWarned = state?.ends?.warn === true
  part('warning').hidden = !isWarned
  if (!isWarned) {
    savedFor = undefined
    part('why').textContent = ''
    warnInTitle('')
    return
  }
  const { says, keep, why } = state.ends
  const advice = keep ? '' : ' Save your work, and download what you need elsewhere.'
  const words = `Your server ${says}.${advice}`
  // Written only when it is another one, since each writing is read aloud.
  if (part('why').textContent !== words) part('why').textContent = words
  part('clock').textContent = left > 0 ? `In ${clock(left)}` : 'Now'
  part('keep').hidden = !keep
  part('save-now').hidden = keep || !isTransparent()
  warnInTitle(`(${left < 60 ? clock(left) : `${Math.ceil(left / 60)} min`}) `)
  if (left <= saveSeconds() && savedFor !== why) {
    savedFor = why
    saveAll()
  }
}

/** Has the buttons of the warning do what they say. */
export function startWarning() {
  part('keep').addEventListener('click', async () => {
    try {
      const { ends } = await keepServer()
      Object.assign(latest.state, { ends })
      latest.at = Date.now()
      say(ends === undefined ? 'Your server goes on.' : `Your server goes on, for ${roughly(ends.seconds)} at least.`)
      drawWarning()
    } catch (refusal) {
      say(refusal.message)
    }
  })
  part('save-now').addEventListener('click', async () => {
    await saveAll()
    say('Your work is saved, as far as the notebook says.')
  })
}
