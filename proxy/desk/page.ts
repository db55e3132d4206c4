/** The page of a desk: our line, and below it the program in a frame. */
import { type Html, html } from '../../net/html.ts'

export interface Desk {
  /** The server's path. */
  path: string
  /** What follows the path in the program's own address, with its query. */
  landing: string
  hubUrl: string
  /** The nonce of the page's scripts and style. */
  nonce: string
  /** The address of the folder with the page's files, without a slash at its end. */
  staticBase: string
}

/** The modules that `desk.js` imports, which a browser fetches at once and not one after the other. */
const modules = [
  ...['activity', 'announcements', 'calls', 'dialog', 'dom', 'help', 'mirror', 'newer', 'offer', 'place', 'program'],
  ...['reading', 'replace', 'shapes', 'share', 'state', 'versions', 'warning', 'words'],
]

/**
 * Returns the page. Its frame needs no script, so the program opens at once and also where no file of the page's can be
 * had. All that hides at first is shown by the script, when there is something to show.
 */
export function deskPage({ path, landing, hubUrl, nonce, staticBase }: Desk): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Notebook</title>
<script nonce="${nonce}">${insteadOfOuter}</script>
<link rel="icon" id="icon" href="data:,">
<link rel="stylesheet" nonce="${nonce}" href="${staticBase}/desk.css">
${modules.map((name) => html`<link rel="modulepreload" nonce="${nonce}" href="${staticBase}/${name}.js">\n`)}<script type="module" nonce="${nonce}" src="${staticBase}/desk.js"></script>
</head>
<body data-path="${path}" data-hub="${hubUrl}">
<header id="strip">
<h1><span id="course" hidden></span><span id="notebook" hidden></span></h1>
<span id="version" hidden></span>
<button type="button" id="newer" hidden>Newer<span class="more"> version</span></button>
<span id="saved" hidden></span>
<span id="memory" hidden></span>
<button type="button" id="menu" aria-expanded="false" aria-controls="actions">Menu</button>
<ul id="actions">
<li hidden><button type="button" id="versions">Versions</button></li>
<li hidden><button type="button" id="reset">Reset</button></li>
<li hidden><button type="button" id="share">Share a copy</button></li>
<li><button type="button" id="restart">Restart</button></li>
<li hidden><button type="button" id="tab">Open in a tab</button></li>
<li><button type="button" id="hide">Full height</button></li>
<li><button type="button" id="help">Help</button></li>
</ul>
</header>
<section id="announcements" aria-label="Announcements" hidden></section>
<section id="warning" aria-label="Your server is about to stop" hidden>
<p id="why" role="alert"></p>
<span id="clock" role="timer"></span>
<button type="button" id="keep" hidden>Keep my server</button>
<button type="button" id="save-now" hidden>Save now</button>
</section>
<section id="notice" aria-label="Message" hidden>
<p id="said" role="status"></p>
<button type="button" id="again" hidden>Open it again</button>
<button type="button" id="ok">OK</button>
</section>
<main>
<iframe id="program" title="Notebook" src="${path}${landing}"></iframe>
</main>
<button type="button" id="show" hidden>Show the course’s line</button>
</body>
</html>
`
}

/** A desk in the frame of another desk, as a link in a notebook may lead to one, takes the other one's place. */
const insteadOfOuter: Html = html`try { if (parent !== window && parent.location.pathname.includes('/_carrel/desk/')) parent.location.replace(location.href) } catch {}`
