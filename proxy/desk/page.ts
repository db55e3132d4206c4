/** The page of a desk: our line, and below it the program in a frame. */
import { callOf, type Html, html } from '../../net/html.ts'
import { deskPart } from '../../seats/desk.ts'
import type { Language } from '../../words/language.ts'
import { say } from '../../words/text.ts'
import { deskHead } from './head.ts'

export interface Desk {
  /** The server's path. */
  path: string
  /** What follows the path in the program's own address, with its query. */
  landing: string
  hubUrl: string
  /** The nonce of the page's scripts and style. */
  nonce: string
  language: Language
  /** The address of the folder with the page's files, without a slash at its end. */
  staticBase: string
}

/** The modules that `desk.js` imports. */
const modules = [
  ...['activity', 'announcements', 'calls', 'dialog', 'dom', 'help', 'mirror', 'newer', 'numbers', 'offer'],
  ...[
    'place',
    'program',
    'reading',
    'replace',
    'shapes',
    'share',
    'state',
    'texts',
    'versions',
    'warning',
    'page-words',
  ],
]

/**
 * Returns the page. Its frame needs no script, so the program opens at once and also where no file of the page's can be
 * had. All that hides at first is shown by the script, when there is something to show.
 */
export function deskPage({ path, landing, hubUrl, nonce, language, staticBase }: Desk): Html {
  return html`<!doctype html>
<html lang="${language}">
${deskHead({ nonce, staticBase, title: say`Notebook`, first: html`<script nonce="${nonce}">${callOf(replaceOuter, deskPart)}</script>\n`, script: 'desk', modules })}
<body data-path="${path}" data-hub="${hubUrl}">
<header id="strip">
<h1><span id="course" hidden></span><span id="notebook" hidden></span></h1>
<span id="version" hidden></span>
<button type="button" id="newer" hidden><span class="more">${say`Newer version`}</span><span class="short">${say`Newer`}</span></button>
<span id="saved" hidden></span>
<span id="memory" hidden></span>
<button type="button" id="menu" aria-expanded="false" aria-controls="actions">${say`Menu`}</button>
<ul id="actions">
<li hidden><button type="button" id="versions">${say`Versions`}</button></li>
<li hidden><button type="button" id="reset">${say`Reset`}</button></li>
<li hidden><button type="button" id="share">${say`Share a copy`}</button></li>
<li><button type="button" id="restart">${say`Restart`}</button></li>
<li hidden><button type="button" id="tab">${say`Open in a tab`}</button></li>
<li><button type="button" id="hide">${say`Full height`}</button></li>
<li><button type="button" id="help">${say`Help`}</button></li>
</ul>
</header>
<section id="announcements" aria-label="${say`Announcements`}" hidden></section>
<section id="warning" aria-label="${say`Your server is about to stop`}" hidden>
<p id="why" role="alert"></p>
<span id="clock" role="timer"></span>
<button type="button" id="keep" hidden>${say`Keep my server`}</button>
<button type="button" id="save-now" hidden>${say`Save now`}</button>
</section>
<section id="notice" aria-label="${say`Message`}" hidden>
<p id="said" role="status"></p>
<button type="button" id="again" hidden>${say`Open it again`}</button>
<button type="button" id="ok">${say`OK`}</button>
</section>
<main>
<iframe id="program" title="${say`Notebook`}" src="${path}${landing}"></iframe>
</main>
<button type="button" id="show" hidden>${say`Show the course’s line`}</button>
</body>
</html>
`
}

/**
 * Has a desk in the frame of another desk, as a link in a notebook may lead to one, take the other one's place. Runs in the browser,
 * so it uses nothing from outside of itself.
 */
function replaceOuter(desk: string): void {
  try {
    if (parent !== window && parent.location.pathname.includes(`/${desk}`)) parent.location.replace(location.href)
  } catch {
    // A page of another site is around this one.
  }
}
