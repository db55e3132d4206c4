/** Text that is already HTML. Only this file makes it. */
export interface Html {
  /** The HTML in English. */
  readonly html: string
  /** Returns the HTML in another language; absent where it is the same in all of them. */
  in?(language: string): string
}

/** What may stand in HTML. Lists are joined; undefined and false leave nothing. */
export type Part = Html | string | number | undefined | false | readonly Part[]

/**
 * Returns HTML with every inserted string escaped. The HTML is written out once its reader's language is known, so that nothing
 * that makes HTML has to know it.
 */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return htmlIn((language) => {
    let text = strings[0] ?? ''
    for (let index = 0; index < parts.length; index += 1) text += escapedIn(parts[index], language) + strings[index + 1]
    return text
  })
}

/** Returns HTML that a function writes, which escapes by itself. */
export function htmlIn(write: (language: string) => string): Html {
  return new Written(write)
}

class Written implements Html {
  readonly in: (language: string) => string
  constructor(write: (language: string) => string) {
    this.in = write
  }
  get html(): string {
    return this.in('en')
  }
}

/**
 * Returns the text of a script that calls a function in the browser. The function may use nothing from outside of itself.
 * Its argument becomes JSON without `<`, so that no text in it ends the script.
 */
export function callOf<T>(run: (argument: T) => unknown, argument: T): Html {
  return { html: `(${run})(${jsonText(argument)})` }
}

/** Returns a block of data for scripts of the page. No browser runs it, whatever it says. */
export function dataBlock(id: string, value: unknown): Html {
  return { html: `<script type="application/json" id="${escapeText(id)}">${jsonText(value)}</script>` }
}

function jsonText(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c')
}

/** Returns a part as HTML in a language. */
export function escapedIn(part: Part, language: string): string {
  if (typeof part === 'string') return escapeText(part)
  if (part === undefined || part === false) return ''
  if (typeof part === 'number') return String(part)
  if (Array.isArray(part)) return part.map((one) => escapedIn(one, language)).join('')
  const one = part as Html
  return one.in === undefined ? one.html : one.in(language)
}

export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
}
