/** The warning before a stop: why, a clock, and what can be done. In the last seconds it saves everything. */
import { isVisible } from './activity.js'
import { keepServer } from './calls.js'
import { part, say } from './dom.js'
import { warnInTitle } from './mirror.js'
import { clock, roughly } from './numbers.js'
import { isTransparent, saveAll } from './program.js'
import { latest, secondsLeft } from './state.js'
import { filled, words } from './texts.js'

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
  const warning = filled(keep ? words.warning : words.warningLast, says)
  // Written only when it is another one, since each writing is read aloud.
  if (part('why').textContent !== warning) part('why').textContent = warning
  part('clock').textContent = left > 0 ? filled(words.inTime, clock(left)) : words.now
  part('keep').hidden = !keep
  part('save-now').hidden = keep || !isTransparent()
  warnInTitle(`(${left < 60 ? clock(left) : filled(words.minutesShort, Math.ceil(left / 60))}) `)
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
      say(ends === undefined ? words.goesOn : filled(words.goesOnFor, roughly(ends.seconds)))
      drawWarning()
    } catch (refusal) {
      say(refusal.message)
    }
  })
  part('save-now').addEventListener('click', async () => {
    await saveAll()
    say(words.workSaved)
  })
}
