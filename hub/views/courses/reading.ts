import { html } from '../../../net/html.ts'
import { say } from '../../../words/text.ts'

/** The notebook of the course that a learner can read while her own is made ready. */
export interface Reading {
  title: string
  /** Where its document is. */
  address: string
  /** Whether the learner has a copy of her own already. */
  hasCopy: boolean
}

/** What the frame around a stranger's document may do: what the reader presses opens in a tab of its own. */
const sandbox = 'allow-popups allow-popups-to-escape-sandbox'

/** Returns what the launch page says above the notebook, and the name of the frame. Pure. */
export function readingToSend({ title, address, hasCopy }: Reading) {
  const says = hasCopy
    ? say`This is the notebook of the course, to read meanwhile. Your own copy, with all that you have changed, opens as soon as it is ready.`
    : say`You can read the notebook meanwhile. It opens for you to work in as soon as it is ready.`
  return { says, address, name: say`To read: ${title}` }
}

/** Returns the place of the notebook on the launch page, which its script fills where a launch begins later. Pure. */
export function readingFrame(reading: Reading | undefined) {
  const { says, address, name } = reading === undefined ? {} : readingToSend(reading)
  return html`<section id="reading" aria-label="${say`The notebook to read`}" ${reading === undefined && html`hidden`}>
<p class="quiet waits">${says}</p>
<p class="quiet failed">${say`You can read the notebook all the same.`}</p>
<iframe title="${name}" sandbox="${sandbox}"${address !== undefined && html` src="${address}"`}></iframe>
${address !== undefined && html`<noscript><p><a href="${address}" target="_blank">${say`Read it in a new tab`}</a></p></noscript>`}
</section>`
}
