/** What lists for the staff of a course show of its servers. */
import { type Html, html } from '../../../net/html.ts'
import type { CourseServer } from '../../db/servers/course-servers.ts'
import { isRunning } from '../../db/servers/server-states.ts'
import type { Trouble } from '../../db/servers/troubles.ts'
import { withoutAccount } from '../format.ts'
import type { ShownImage } from '../images/list.ts'
import { serverStatus } from '../parts/status.ts'
import { agoTime } from '../parts/time.ts'

const sinceText: Record<Exclude<CourseServer['state'], 'stopping'>, string> = {
  queued: 'asked for',
  starting: 'asked for',
  ready: 'started',
  stopped: 'ended',
  failed: 'ended',
}

export function stateSince({ state, age }: CourseServer): Html {
  return html`${serverStatus(state)}${age !== undefined && state !== 'stopping' && html` <span class="quiet">${sinceText[state]} ${agoTime(age)}</span>`}`
}

/** Returns when a running server was last active. */
export function activeNow({ state, activityAge }: CourseServer): Html | false {
  return state === 'ready' && activityAge !== undefined && agoTime(activityAge)
}

/** Returns the notebooks that an owner has open, by their paths. */
export function notebooksOpen(paths: string[] = []): Html {
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
  return html`${server.image !== undefined && image !== undefined && html`<p class="quiet">Image <code>${shortId(server.image)}</code>${image.known?.id !== undefined && image.known.id !== server.image && ', which is not the one of the course any more'}</p>`}
${troubles.map(({ message, age }) => html`<p>Told to its owner ${agoTime(age)}: ${told(message)}</p>`)}
${
  failure !== undefined &&
  html`<p>${isAnew && 'Before that: '}${told(failure)} <span class="quiet">Reference: <code>${server.id}-${isAnew ? server.run - 1 : server.run}</code></span></p>
${failureDetail !== undefined && html`<details><summary>Details for staff</summary><pre>${told(failureDetail)}</pre></details>`}`
}`
}
