/** The page around a rendered notebook: one document with its styles, which does nothing but show itself. */
import { createHash } from 'node:crypto'
import { html } from '../../net/html.ts'
import { pageStyle } from './version.ts'

/** The hash of the styles of documents as they are made now. A document that is kept for long is sent with that of its own time. */
export const documentStyle = createHash('sha256').update(pageStyle).digest('base64')

/**
 * Returns the policy with which such a document is sent: no script, no other address, an origin of its own, and frames only in pages
 * of these origins. What a reader presses opens in a tab of its own.
 */
export function documentPolicy(ancestors: readonly string[], style = documentStyle): string {
  const rules = [
    "default-src 'none'",
    'img-src data:',
    `style-src 'sha256-${style}'`,
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${ancestors.length > 0 ? ancestors.join(' ') : "'none'"}`,
    `sandbox ${documentSandbox}`,
  ]
  return rules.join('; ')
}

/** What a frame of such a document may do. */
export const documentSandbox = 'allow-popups allow-popups-to-escape-sandbox'

export interface NotebookDocument {
  title: string
  /** What `renderNotebook` has made. */
  inside: string
  /** A sentence of ours above the notebook. */
  note?: string | undefined
}

/** Returns the document of a notebook. */
export function notebookDocument({ title, inside, note }: NotebookDocument): string {
  return html`<!doctype html>
<html lang="und">
<head>
<meta charset="utf-8">
<title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<style>${{ html: pageStyle }}</style>
</head>
<body>
${note !== undefined && html`<header class="note">${note}</header>`}
<main>
<article aria-label="${title}">
${{ html: inside }}
</article>
</main>
</body>
</html>
`.html
}
