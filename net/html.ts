/** Text that is already HTML. Only this file makes it. */
export interface Html {
  readonly html: string
}

type Part = Html | string | number | undefined | false | readonly Part[]

/** Returns HTML with every inserted string escaped. Lists are joined; undefined and false leave nothing. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return { html: strings.reduce((text, string, index) => text + render(parts[index - 1]) + string) }
}

/**
 * Returns the text of a script that calls a function in the browser. The function may use nothing from outside of itself.
 * Its argument becomes JSON without `<`, so that no text in it ends the script.
 */
export function callOf<T>(run: (argument: T) => unknown, argument: T): Html {
  return { html: `(${run})(${JSON.stringify(argument).replaceAll('<', '\\u003c')})` }
}

function render(part: Part): string {
  if (part === undefined || part === false) return ''
  if (Array.isArray(part)) return part.map(render).join('')
  if (typeof part === 'object') return (part as Html).html
  return escapeText(String(part))
}

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
}
