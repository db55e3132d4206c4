import type { ServerEnd } from './ends.ts'

/** Returns when a server stops and why, to go on after the word for it: `stops in 4 minutes because …`. Pure. */
export function endInWords({ why, seconds, warn, lastActivity, limitSeconds }: ServerEnd, now: number): string {
  const when = seconds < 1 ? 'may stop at any moment' : `stops in ${duration(seconds)}`
  if (why === 'age') return `${when} because no notebook server runs longer than ${duration(limitSeconds)} here`
  if (!warn) return `${when} if nothing happens until then`
  return `${when} because nothing has happened for ${duration((now - (lastActivity ?? now)) / 1000)}`
}

/** Returns a duration as people say it: `less than a minute`, `4 minutes`, `an hour`, `3 hours`. */
function duration(seconds: number): string {
  const minutes = Math.round(seconds / 60)
  if (minutes < 1) return 'less than a minute'
  if (minutes === 1) return 'a minute'
  if (minutes < 60) return `${minutes} minutes`
  const hours = Math.floor(minutes / 60)
  const rest = minutes % 60
  const whole = hours === 1 ? 'an hour' : `${hours} hours`
  if (rest === 0) return whole
  return `${whole} and ${rest === 1 ? 'a minute' : `${rest} minutes`}`
}
