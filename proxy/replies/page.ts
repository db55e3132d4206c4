import { type Html, html, htmlIn } from '../../net/html.ts'
import { tokens } from '../../net/look/tokens.ts'
import type { Said } from '../../words/text.ts'

/** Returns a page of the proxy. The page is complete, and readable without style, script or other files. */
export function page({ title, body, head }: { title: Said; body: Html; head?: Html }): Html {
  return html`<!doctype html>
<html lang="${htmlIn((language) => language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${style}</style>
${head}</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`
}

/** The style of every page: the tokens of all pages, and as much of the hub's rules as is needed. Holds no character that HTML would escape. */
const style = [
  tokens.replace(/\/\*[^*]*\*\//g, '').replace(/\s+/g, ' '),
  '*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.55 system-ui,sans-serif}',
  'main{max-width:var(--column);margin:0 auto;padding:2rem 1.25rem 4rem;overflow-wrap:anywhere}',
  'h1{margin:0 0 var(--gap);font-size:var(--title);line-height:1.25;letter-spacing:-.01em}a{color:var(--accent)}',
  ':focus-visible{outline:3px solid var(--accent);outline-offset:2px}.row{display:flex;flex-wrap:wrap;gap:.6rem}',
  '.button{display:inline-flex;align-items:center;min-height:2.5rem;padding:.4rem 1rem;border:1px solid var(--accent);',
  'border-radius:var(--round);background:var(--accent);color:var(--on-accent);font-weight:600;line-height:1.3;text-decoration:none}',
  '.button:hover{filter:brightness(1.08)}.plain{background:var(--card);border-color:var(--line);color:var(--ink);font-weight:500}',
  '.plain:hover{border-color:var(--edge);filter:none}.id{color:var(--quiet);font-size:var(--small)}code{font-size:.9em}',
  '.late{animation:late 4s step-end}@keyframes late{from{visibility:hidden}}',
].join('')
