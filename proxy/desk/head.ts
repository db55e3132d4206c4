import { type Html, html } from '../../net/html.ts'

export interface DeskHead {
  /** The nonce of the page's scripts and style. */
  nonce: string
  /** The address of the folder with the page's files, without a slash at its end. */
  staticBase: string
  title: Html
  /** A script that runs before all others. */
  first?: Html
  /** The name of the page's own module. */
  script: string
  /** The modules that it imports, which a browser fetches at once and not one after the other. */
  modules: readonly string[]
}

/** Returns the head of a page with a line above a program. */
export function deskHead({ nonce, staticBase, title, first, script, modules }: DeskHead): Html {
  return html`<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
${first}<link rel="icon" id="icon" href="data:,">
<link rel="stylesheet" nonce="${nonce}" href="${staticBase}/desk.css">
${modules.map((name) => html`<link rel="modulepreload" nonce="${nonce}" href="${staticBase}/${name}.js">\n`)}<script type="module" nonce="${nonce}" src="${staticBase}/${script}.js"></script>
</head>`
}
