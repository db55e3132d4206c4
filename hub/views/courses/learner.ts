import type Koa from 'koa'
import type { Course } from '../../../courses/course.ts'
import { mayHaveGuests } from '../../../courses/home.ts'
import { type Html, html } from '../../../net/html.ts'
import { say, sentences } from '../../../words/text.ts'
import type { ListedCopy } from '../../db/content/copies.ts'
import type { Version } from '../../db/content/versions.ts'
import type { PastRun } from '../../db/runs/course-runs.ts'
import type { CourseServer } from '../../db/servers/course-servers.ts'
import { isRunning } from '../../db/servers/server-states.ts'
import type { Trouble } from '../../db/servers/troubles.ts'
import type { User } from '../../db/users.ts'
import { fullName, ofUnit, ownName, shownName, titleOf } from '../format.ts'
import { askLink, momentTime, type Notice, noticeLine } from '../fragments.ts'
import { guestForm, ownersFiles } from '../guest.ts'
import { sendPage } from '../page.ts'
import { coursesCrumbs } from '../parts/header.ts'
import { listTable } from '../parts/table.ts'
import { agoTime } from '../parts/time.ts'
import { runsAddress, runsTable } from './runs.ts'
import { activeNow, notebooksOpen, stateSince, whatIsKnown } from './server-cells.ts'

export interface LearnerPage {
  user: User
  course: Course
  server: CourseServer
  troubles: Trouble[]
  /** The notebooks of the course that she has open. */
  open: string[]
  runs: PastRun[]
  /** How many past runs there are in all. */
  total: number
  /** Her copies of the course's notebooks, and what was in them before; undefined for a course without notebooks of its own. */
  copies: ListedCopy[] | undefined
  versions: Version[]
  notice: Notice | undefined
}

/** Sends the page of one learner of a course, for its staff. */
export function sendLearnerPage(ctx: Koa.Context, page: LearnerPage): void {
  const { user, course, server, runs, total, notice } = page
  const { owner } = server
  const name = fullName(owner)
  const address = `/hub/course/${course.slug}`
  const all = runsAddress(course, { q: String(ownName(owner)), ends: 'all', cause: '', page: 1 })
  sendPage(ctx, {
    title: say`${name} in ${titleOf(course)}`,
    wide: true,
    userName: shownName(user),
    course,
    crumbs: [...coursesCrumbs, { href: address, text: say`Notebooks of ${titleOf(course)}` }],
    body: html`${noticeLine(notice)}
${nowOf(page)}
${page.copies !== undefined && copiesOf(page.copies, page.versions)}
<section aria-labelledby="past"><h2 id="past">${say`Past starts`}</h2>
${total === 0 ? html`<p class="quiet">${say`None has ended yet.`}</p>` : runsTable(say`Past starts of ${name}`, runs, undefined)}
${total > runs.length && html`<p class="quiet">${say`The last ${runs.length} of ${total}. ${html`<a href="${all}">${say`Past starts of the course`}</a>`}`}</p>`}</section>`,
  })
}

/** Returns how things are with the learner's notebook, and what can be done. */
function nowOf({ course, server, troubles, open }: LearnerPage): Html {
  const about = say`the notebook of ${fullName(server.owner)}`
  const known = whatIsKnown(server, { troubles, image: undefined })
  const mayOpen = server.state === 'ready' && mayHaveGuests(course)
  return html`<dl><dt>${say`State`}</dt><dd>${stateSince(server)}</dd>
${activeNow(server) && html`<dt>${say`Last active`}</dt><dd>${activeNow(server)}</dd>`}
${open.length > 0 && html`<dt>${say`Open now`}</dt><dd>${notebooksOpen(open)}</dd>`}</dl>
${known}
${mayOpen && html`<p class="quiet">${sentences([ownersFiles, say`Its owner is told when you open it.`])}</p>`}
${
  isRunning(server) &&
  html`<div class="row">${mayOpen && guestForm({ server: server.id }, say`Open as staff`, about)}
${askLink({ href: `/hub/course/${course.slug}/servers/${server.id}/stop`, text: say`Stop`, about })}</div>`
}`
}

function copiesOf(copies: ListedCopy[], versions: Version[]): Html {
  return html`<section aria-labelledby="copies"><h2 id="copies">${say`Notebooks`}</h2>
${
  copies.length === 0
    ? html`<p class="quiet">${say`No notebook of the course was opened yet.`}</p>`
    : listTable({
        caption: say`Notebooks of the course that the learner has`,
        rows: copies,
        columns: [
          { head: say`Notebook`, kind: 'name', cell: ({ path }) => path },
          { head: say`Made`, cell: ({ age }) => agoTime(age) },
          { head: say`What is known`, cell: (copy) => copyState(copy) },
          {
            head: say`Earlier versions`,
            cell: ({ path }) => earlier(versions.filter((version) => version.path === path)),
          },
        ],
      })
}</section>`
}

function copyState({ isBehind, isChanged }: ListedCopy): Html | false {
  if (isBehind && isChanged) return say`changed by the learner; the course has a newer one`
  if (isBehind) return say`the course has a newer one`
  return isChanged && say`changed by the learner`
}

function earlier(versions: Version[]): Html | false {
  const [last] = versions
  if (last === undefined) return false
  return html`${ofUnit(versions.length, 'version')} <span class="quiet">${say`the last of ${momentTime(last.at)}`}</span>`
}
