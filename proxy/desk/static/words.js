/** Numbers in words. */
const units = ['bytes', 'kB', 'MB', 'GB', 'TB']

export function size(bytes) {
  const power = Math.min(units.length - 1, Math.floor(Math.log(Math.max(bytes, 1)) / Math.log(1000)))
  const value = bytes / 1000 ** power
  return `${value.toFixed(value < 10 && power > 0 ? 1 : 0)} ${units[power]}`
}

export const memoryWords = ({ bytes, limit }) => size(bytes) + (limit === undefined ? '' : ` of ${size(limit)}`)

/** Returns a time in the words of a clock: `4:05`. */
export function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds))
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

/** Returns about how long a time is: `20 minutes`. */
export function roughly(seconds) {
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} seconds`
  const minutes = Math.round(seconds / 60)
  return minutes < 100 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`
}

/** Returns a time, as text or in milliseconds, as people here write it. */
export function moment(time) {
  const at = new Date(time)
  return Number.isNaN(at.getTime())
    ? String(time)
    : at.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })
}

/** Returns the name of a file without folders and ending. */
export const nameOf = (path) =>
  path
    .split('/')
    .at(-1)
    .replace(/\.(ipynb|md|py)$/, '')
