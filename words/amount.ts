import { numberIn } from './text.ts'

/** The units of amounts in each language that has others than English. */
const units: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  fr: {
    ...{ byte: 'octet', bytes: 'octets', kB: 'ko', MB: 'Mo', GB: 'Go', TB: 'To' },
    ...{ KiB: 'Kio', MiB: 'Mio', GiB: 'Gio', TiB: 'Tio' },
  },
}

/** Returns an amount of bytes that is written in English, such as `1.5 GB`, in a language; undefined for what is none. */
export function amountIn(english: string, language: string): string | undefined {
  const [, number, unit = ''] = /^(\d{1,15}(?:\.\d{1,6})?) (bytes?|[kMGT]B|[KMGT]iB)$/.exec(english) ?? []
  if (number === undefined) return undefined
  return `${numberIn(Number(number), language)} ${units[language]?.[unit] ?? unit}`
}
