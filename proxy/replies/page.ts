import { type Html, html } from '../../net/html.ts'

/** Returns a page of the proxy. The page is complete, and readable without style, script or other files. */
export function page({ title, body, head }: { title: string; body: Html; head?: Html }): Html {
  return html`<!doctype html>
<html lang="en">
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

/** The style of every page: that of the hub's pages, as far as it is needed. Holds no character that HTML would escape. */
const style = [
  ':root{color-scheme:light dark;--ink:#1d2433;--quiet:#586074;--paper:#fbfaf7;--accent:#1f5f8b;--on-accent:#fff}',
  '@media(prefers-color-scheme:dark){:root{--ink:#e8e6e0;--quiet:#a7abb6;--paper:#15181f;--accent:#7db9e0;--on-accent:#10202c}}',
  'body{margin:0;background:var(--paper);color:var(--ink);font:1.0625rem/1.55 system-ui,sans-serif}',
  'main{max-width:42rem;margin:0 auto;padding:2rem 1.25rem 3rem;box-sizing:border-box;overflow-wrap:anywhere}',
  'h1{font-size:1.6rem;line-height:1.25}a{color:var(--accent)}',
  ':focus-visible{outline:3px solid var(--accent);outline-offset:2px}.row{display:flex;flex-wrap:wrap;gap:.6rem}',
  '.button{display:inline-block;padding:.55rem 1.1rem;border:1px solid var(--accent);border-radius:.4rem;',
  'background:var(--accent);color:var(--on-accent);font-weight:600;text-decoration:none}',
  '.late{animation:late 4s step-end}@keyframes late{from{visibility:hidden}}',
  '.plain{background:transparent;color:var(--accent)}.id{color:var(--quiet);font-size:.95rem}',
].join('')
