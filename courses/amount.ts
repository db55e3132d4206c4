import { amountIn } from '../words/amount.ts'
import { type Text, textIn } from '../words/text.ts'

/** Returns an amount of bytes as `512 MB` or `1.5 GB`, in powers of 1024 as config files have them. Pure. */
export function amountText(bytes: number): string {
  return bytes < 2 ** 30 ? `${Math.round(bytes / 2 ** 20)} MB` : `${Number((bytes / 2 ** 30).toFixed(1))} GB`
}

/** Returns an amount of bytes as a page says it: `1.5 GB`, `1,5 Go`. */
export function amountOf(bytes: number): Text {
  return inUnits(amountText(bytes))
}

/** Returns an amount of bytes as a page says it, in the unit that suits it: `12 kB`, `12 ko`. */
export function sizeText(bytes: number): Text {
  return inUnits(bytesText(bytes))
}

function inUnits(english: string): Text {
  return textIn((language) => amountIn(english, language) ?? english)
}

/** Returns an amount of bytes as `12 kB`, in the unit that suits it. Pure. */
export function bytesText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  const unit = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1)
  return `${Number((bytes / 1024 ** unit).toFixed(1))} ${units[unit]}`
}
