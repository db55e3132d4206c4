import { forCount, type Said, say, type Text } from '../../words/text.ts'
import type { ServerEnd } from './ends.ts'

/** Returns when a server stops and why, to go on after the words for it: `stops in 4 minutes because …`. Pure. */
export function endInWords({ why, seconds, warn, lastActivity, limitSeconds }: ServerEnd, now: number): Text {
  const when: Text = seconds < 1 ? say`may stop at any moment` : say`stops in ${duration(seconds)}`
  if (why === 'age') return say`${when} because no notebook server runs longer than ${duration(limitSeconds)} here`
  if (!warn) return say`${when} if nothing happens until then`
  return say`${when} because nothing has happened for ${duration((now - (lastActivity ?? now)) / 1000)}`
}

/** Returns a duration as people say it: `less than a minute`, `4 minutes`, `an hour`, `3 hours`. */
function duration(seconds: number): Said {
  const minutes = Math.round(seconds / 60)
  if (minutes < 1) return say`less than a minute`
  if (minutes < 60) return minutesOf(minutes)
  const hours = Math.floor(minutes / 60)
  const rest = minutes % 60
  const whole = hours === 1 ? say`an hour` : say`${hours} hours`
  return rest === 0 ? whole : say`${whole} and ${minutesOf(rest)}`
}

function minutesOf(minutes: number): Text {
  return forCount(minutes, say`a minute`, say`${minutes} minutes`)
}
