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

/** The style of every page. It holds no character that HTML would escape. */
const style =
  'body{font:1rem/1.5 system-ui,sans-serif;margin:0;color:#222;background:#fff}main{max-width:36rem;margin:15vh auto;' +
  'padding:0 1.5rem}h1{font-size:1.5rem;line-height:1.2}.id{color:#666;font-size:.85rem}' +
  '@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}a{color:#8bf}.id{color:#999}}'
