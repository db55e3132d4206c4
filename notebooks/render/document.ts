/** The page around a rendered notebook: one document with its styles, which does nothing but show itself. */
import { createHash } from 'node:crypto'
import { html } from '../../net/html.ts'
import { pageStyle } from './version.ts'

const styleHash = createHash('sha256').update(pageStyle).digest('base64')

/**
 * Returns the policy with which such a document is sent: no script, no other address, an origin of its own, and frames only in pages
 * of these origins. What a reader presses opens in a tab of its own.
 */
export function documentPolicy(ancestors: readonly string[]): string {
  const rules = [
    "default-src 'none'",
    'img-src data:',
    `style-src 'sha256-${styleHash}'`,
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${ancestors.length > 0 ? ancestors.join(' ') : "'none'"}`,
    `sandbox ${documentSandbox}`,
  ]
  return rules.join('; ')
}

/** What a frame of such a document may do. */
export const documentSandbox = 'allow-popups allow-popups-to-escape-sandbox'

/** Returns the document of a notebook. `inside` is what `renderNotebook` has made. */
export function notebookDocument({ title, inside }: { title: string; inside: string }): string {
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
<article aria-label="${title}">
${{ html: inside }}
</article>
</body>
</html>
`.html
}
