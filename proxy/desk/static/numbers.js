/** Numbers in words. */
import { counted, filled, lang, words } from './texts.js'

export function size(bytes) {
  const power = Math.min(words.sizes.length - 1, Math.floor(Math.log(Math.max(bytes, 1)) / Math.log(1000)))
  const value = bytes / 1000 ** power
  const digits = value < 10 && power > 0 ? 1 : 0
  const format = { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false }
  return filled(words.sizes[power], value.toLocaleString(lang, format))
}

export const memoryWords = ({ bytes, limit }) =>
  limit === undefined ? size(bytes) : filled(words.memoryOf, size(bytes), size(limit))

/** Returns a time in the words of a clock: `4:05`. */
export function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds))
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

/** Returns about how long a time is: `20 minutes`. */
export function roughly(seconds) {
  if (seconds < 90) return counted(words.seconds, Math.max(0, Math.round(seconds)))
  const minutes = Math.round(seconds / 60)
  return minutes < 100 ? counted(words.minutes, minutes) : counted(words.hours, Math.round(minutes / 60))
}

// The page's language, in the way in which it is written where the reader is, if the browser says so.
const own = navigator.languages.find((one) => one === lang || one.startsWith(`${lang}-`)) ?? lang

/** Returns a time, as text or in milliseconds, as people there write it. */
export function moment(time) {
  const at = new Date(time)
  return Number.isNaN(at.getTime()) ? String(time) : at.toLocaleString(own, { dateStyle: 'medium', timeStyle: 'short' })
}

/** Returns the name of a file without folders and ending. */
export const nameOf = (path) =>
  path
    .split('/')
    .at(-1)
    .replace(/\.(ipynb|md|py)$/, '')
