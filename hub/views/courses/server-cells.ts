/** What lists for the staff of a course show of its servers. */

import { type Html, html } from '../../../net/html.ts'
import { say } from '../../../words/text.ts'
import type { CourseServer } from '../../db/servers/course-servers.ts'
import { isRunning } from '../../db/servers/server-states.ts'
import type { Trouble } from '../../db/servers/troubles.ts'
import { failureWithout, withoutAccount } from '../format.ts'
import type { ShownImage } from '../images/list.ts'
import { serverStatus } from '../parts/status.ts'
import { agoTime } from '../parts/time.ts'

/** Returns the state of a server, and since when it is so. */
export function stateSince({ state, age }: CourseServer): Html {
  return html`${serverStatus(state)}${age !== undefined && state !== 'stopping' && html` <span class="quiet">${since(state, age)}</span>`}`
}

function since(state: CourseServer['state'], age: number): Html {
  if (state === 'ready') return say`started ${agoTime(age)}`
  return state === 'queued' || state === 'starting' ? say`asked for ${agoTime(age)}` : say`ended ${agoTime(age)}`
}

/** Returns when a running server was last active. */
export function activeNow({ state, activityAge }: CourseServer): Html | false {
  return state === 'ready' && activityAge !== undefined && agoTime(activityAge)
}

/** Returns the notebooks that an owner has open, by their paths. */
export function notebooksOpen(paths: string[]): Html {
  return html`${paths.map((path) => html`<p><code>${path}</code></p>`)}`
}

/** Returns the beginning of a digest or id, as engines show it. */
export function shortId(id: string): string {
  return id.slice(0, 'sha256:'.length + 12)
}

/** Returns what staff know of a server: its image, what went wrong, and what its owner was told. */
export function whatIsKnown(
  server: CourseServer,
  { troubles = [], image }: { troubles: Trouble[] | undefined; image: ShownImage | undefined },
): Html | false {
  const { owner, failure, failureDetail } = server
  const hasImage = server.image !== undefined && image !== undefined
  if (!hasImage && failure === undefined && troubles.length === 0) return false
  const told = (text: string) => withoutAccount(text, owner, server.path)
  // What is known of the run before stays until its user stops the present one.
  const isAnew = isRunning(server)
  const isOld = image?.known?.id !== undefined && image.known.id !== server.image
  const shown = server.image !== undefined && html`<code>${shortId(server.image)}</code>`
  return html`${hasImage && html`<p class="quiet">${isOld ? say`Image ${shown}, which is not the one of the course any more` : say`Image ${shown}`}</p>`}
${troubles.map(({ message, age }) => html`<p>${say`Told to its owner ${agoTime(age)}: ${failureWithout(message, owner, server.path)}`}</p>`)}
${
  failure !== undefined &&
  html`<p>${isAnew ? say`Before that: ${failureWithout(failure, owner, server.path)}` : failureWithout(failure, owner, server.path)} <span class="quiet">${say`Reference: ${html`<code>${server.id}-${isAnew ? server.run - 1 : server.run}</code>`}`}</span></p>
${failureDetail !== undefined && html`<details><summary>${say`Details for staff`}</summary><pre>${told(failureDetail)}</pre></details>`}`
}`
}
