/** The mail with a person's first-use link: a template that operators may change, and the letter made of it. */
import { didYouMean } from '../net/settings/near.ts'
import { say } from '../words/text.ts'

/** What a template may name, as `{{link}}`. */
export interface LetterWords {
  /** What the person is called; the account's name where nothing else is known. */
  name: string
  username: string
  email: string
  /** The host of the hub's pages. */
  site: string
  /** The address of the hub's pages. */
  address: string
  /** The person's own link, good for one use. */
  link: string
  /** When the link ends, in words. */
  until: string
}

const known: Record<keyof LetterWords, true> = {
  ...{ name: true, username: true, email: true, site: true, address: true, link: true, until: true },
}

/** The template of a site that has none of its own, in each language. */
export const usualTemplate = say`Subject: Your account at {{site}}

Hello {{name}},

an account has been made for you at {{address}}.
Your name there is {{username}}.

Open this link and choose your password:

{{link}}

The link is yours alone and good for one use, until {{until}}. Do not hand it on.
If it has ended, ask the people who run the site for a new one.
If you expected no such mail, you need not do anything.
`

export interface Letter {
  subject: string
  text: string
}

/** Returns what is wrong with a template, and how to mend it; undefined when it is good. */
export function templateProblem(template: string): string | undefined {
  const parts = split(template)
  if (parts === undefined) return 'begins with a line “Subject: …”, followed by an empty line and the text of the mail'
  for (const [, word = ''] of template.matchAll(placeholder)) {
    if (!isKnown(word)) {
      const hint = didYouMean(word, Object.keys(known))
      return `names {{${word}}}, which has no meaning here${hint || `; there are ${Object.keys(known).join(', ')}`}`
    }
  }
  if (parts.subject.includes('{{link}}'))
    return 'has {{link}} in its subject, which many people can see; put it into the text'
  if (!parts.text.includes('{{link}}')) return 'never names {{link}}, without which a person cannot choose a password'
  return undefined
}

/** Returns the letter for one person. What stands in the person's words is never read as a part of the template. */
export function letterOf(template: string, words: LetterWords): Letter {
  const { subject, text } = split(template) ?? { subject: '', text: template }
  const filled = (part: string) =>
    part.replace(placeholder, (whole, word) => (isKnown(word) ? oneLine(words[word]) : whole))
  return { subject: filled(subject), text: filled(text) }
}

const placeholder = /\{\{\s*(\w+)\s*\}\}/g

function isKnown(word: string): word is keyof LetterWords {
  return Object.hasOwn(known, word)
}

function split(template: string): Letter | undefined {
  const [, subject, text] = /^Subject: ?([^\r\n]+)\r?\n\r?\n(.+)$/s.exec(template.trimStart()) ?? []
  return subject === undefined || text === undefined ? undefined : { subject, text }
}

/** Returns a text without what could begin a line, so that no name adds a header or a paragraph. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
}

/** Returns a time as `1 March 2027, 14:05 UTC`, in a language. */
export function whenText(milliseconds: number, language = 'en'): string {
  const format = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, {
    ...{ day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZone: 'UTC' },
  })
  return `${format.format(milliseconds).replace(' at ', ', ')} UTC`
}
