import type { ShownChoices } from '../../../courses/choices.ts'
import { type Html, html } from '../../../net/html.ts'
import { type Said, say } from '../../../words/text.ts'
import { actName } from '../fragments.ts'
import { lostText } from './course-choices.ts'

/** Returns what the card of a user's own server says of its choices. */
export function choicesOnCard(title: string, link: string, choices: ShownChoices | undefined): Html | false {
  if (choices === undefined) return false
  const { lost, mayChange } = choices
  return html`<p>${choicesText(choices)}${mayChange && html` <a href="${changeLink(link)}">${actName(say`Change`, title)}</a>`}</p>
${lost !== undefined && html`<p class="quiet">${lostText(lost)}</p>`}`
}

/** What the page of a launch says of the choices of the server: sentences, and where the user may still change them. */
interface SentChoices {
  says: Said[]
  change?: string
}

/** Returns the choices of a launch as its page's script gets them. */
export function choicesToSend({ now, lost, mayChange }: ShownChoices, link: string): SentChoices {
  const says = [...(lost === undefined ? [] : [lostText(lost)]), ...(now === '' ? [] : [say`${now}.`])]
  return { says, ...(mayChange && { change: changeLink(link) }) }
}

/** Returns the lines of a launch page about the choices of the server. */
export function choicesLines(choices: ShownChoices, link: string): Html {
  const { says, change } = choicesToSend(choices, link)
  return html`${says.map((text) => html`<p class="quiet">${text}</p>`)}${change !== undefined && html`<p class="quiet"><a href="${change}">${say`Choose otherwise`}</a></p>`}`
}

/** Returns what a server has, and what its next start will have where that differs. */
function choicesText({ now, next }: ShownChoices): Said {
  if (next === undefined) return say`${now}.`
  return now === '' ? say`From its next start: ${next}.` : say`${now}; from its next start: ${next}.`
}

/** Returns the address of the form on which a user chooses anew. */
function changeLink(link: string): string {
  return `/hub/choice?link=${encodeURIComponent(link)}&change=1`
}
