/** The languages that pages are written in. English stands in the code; the others have a folder each. */
export const languages = ['en', 'fr'] as const

export type Language = (typeof languages)[number]

/** What each language calls itself. */
export const languageNames: Readonly<Record<Language, string>> = { en: 'English', fr: 'Français' }

/** The most that is read of what a browser wants: more than people set, and little enough to be read for each page. */
const most = { letters: 1000, wishes: 30 }

/**
 * Returns which of our languages a browser wants most, by its `Accept-Language`; undefined where it names none of them. Regions
 * make no difference. Pure.
 */
export function languageWanted(accepted: string): Language | undefined {
  let wanted: Language | undefined
  let highest = 0
  for (const wish of accepted.slice(0, most.letters).split(',', most.wishes)) {
    const [, name = '', quality = '1'] =
      /^\s*([a-z]{1,8})(?:-[a-z0-9]{1,8}){0,8}\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?$/i.exec(wish) ?? []
    const language = languages.find((one) => one === name.toLowerCase())
    if (language === undefined || Number(quality) <= highest) continue
    wanted = language
    highest = Number(quality)
  }
  return wanted
}
