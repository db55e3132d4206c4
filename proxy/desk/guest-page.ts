/** The page of a guest: a line that says in whose notebook the guest is, and below it the program in a frame. */
import { type Html, html } from '../../net/html.ts'
import { say } from '../../words/text.ts'
import { deskHead } from './head.ts'
import type { Desk } from './page.ts'

const modules = ['calls', 'dom', 'mirror', 'place', 'program', 'shapes', 'texts', 'page-words']

/** Returns the page. Its line is true without script too; the script says the owner's name, once the hub has told it. */
export function guestPage({ path, landing, hubUrl, nonce, language, staticBase }: Desk): Html {
  return html`<!doctype html>
<html lang="${language}">
${deskHead({ nonce, staticBase, title: say`Notebook of another person`, script: 'guest', modules })}
<body data-path="${path}" data-hub="${hubUrl}">
<header id="guest">
<h1>${say`You are in ${html`<strong id="owner">${say`another person’s`}</strong>`} notebook`}</h1>
<p>${say`What you change and run here is done in that person’s files.`}</p>
<a id="back" href="${hubUrl}/hub/home">${say`Leave`}</a>
</header>
<main>
<iframe id="program" title="${say`Notebook`}" src="${path}${landing}"></iframe>
</main>
</body>
</html>
`
}
