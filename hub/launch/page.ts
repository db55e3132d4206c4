import type Koa from 'koa'
import type { ShownChoices } from '../../courses/choices.ts'
import type { Course } from '../../courses/course.ts'
import { endText } from '../../courses/successor.ts'
import { html } from '../../net/html.ts'
import { type Said, say } from '../../words/text.ts'
import { nonceCookie } from '../access/cookies.ts'
import { staffCourses } from '../access/guests.ts'
import type { ClientError } from '../errors.ts'
import { keepsFilesIn } from '../homes/keeps-files.ts'
import type { Hub } from '../hub.ts'
import { ancestorsOf } from '../site.ts'
import { choicesLines } from '../views/choices/line.ts'
import { type Reading, readingFrame } from '../views/courses/reading.ts'
import { filesAreLost } from '../views/files.ts'
import { ofUnit } from '../views/format.ts'
import { withTimes } from '../views/fragments.ts'
import { sendPage } from '../views/page.ts'
import { contactText } from '../views/parts/contact.ts'
import { staticPath } from '../views/static-files.ts'
import { type Confirmation, linkAfter, linkForTab } from './confirmation.ts'
import { replacedBy } from './course.ts'
import { bringsFiles } from './early.ts'
import type { Entry } from './parse.ts'
import type { LaunchProgress } from './progress.ts'
import type { Entrance } from './ticket.ts'

export interface LaunchPage {
  course: Course
  /** The entry link, path and query. */
  link: string
  entry: Entry
  framed: boolean
  proof?: string | undefined
  /** One-time code for the button that opens a new tab, which has none of a frame's cookies. */
  tab?: string | undefined
  /** Code from the button of a frame that opened this page, to be sent again. */
  code?: string | undefined
  /** What a person must confirm. Nothing is done until the person presses the button. */
  confirmation?: Confirmation | undefined
  /** Why this launch was refused, for a reason that passes. */
  refusal?: ClientError
  /** A launch that is under way. `restart` is the address that restarts its server, for its owner. */
  launch?: {
    id: string
    progress: LaunchProgress
    entrance?: Entrance | undefined
    restart?: string | undefined
    /** What the server has of its course's choices, for its owner. */
    choices?: ShownChoices | undefined
    /** The notebook that the user can read meanwhile. */
    reading?: Reading | undefined
    /** Where the static files lie that the browser may bring meanwhile. */
    files?: string | undefined
  }
}

/**
 * Sends the one page of a launch, from click to notebook. As long as there is no launch the page changes nothing: its
 * script, or its button, posts. Without script the page loads itself again until it can show a button that opens the
 * notebook.
 */
export function sendLaunchPage(hub: Hub, ctx: Koa.Context, page: LaunchPage): void {
  const { course, link, entry, framed, proof, code, tab, confirmation, refusal, launch } = page
  const title = course.title ?? course.name
  const { progress, entrance } = launch ?? {}
  const started = launch !== undefined
  const percent = progress?.percent ?? refusal?.percent
  const old = replacedBy(hub, entry)
  const replaced = old && endText(hub.courses.all, old)
  const waits = confirmation === undefined && refusal === undefined && progress?.state !== 'failed'
  const isBuilding = refusal?.code === 'image_not_built'
  const isReady = progress?.state === 'ready' && entrance !== undefined
  // A page that only passes a browser on loads nothing else. One in a frame tells the page around it before.
  const passesOn = isReady && progress.told === undefined && !framed
  const hasFailed = progress?.state === 'failed' || refusal !== undefined
  const contact = contactText(ctx, title)
  const again = { link, framed, proof, text: say`Open my notebook` }
  sendPage(ctx, {
    title,
    ancestors: ancestorsOf(hub, course),
    notebookHeight: course.embed.height ?? hub.config.embed.height,
    formTargets: [hub.serversUrl],
    hasFrame: true,
    namesContact: true,
    askTargets: bringsFiles(hub) ? [hub.serversUrl] : [],
    scripts: passesOn ? [] : ['launch.js'],
    ...(started &&
      progress?.state !== 'ready' &&
      progress?.state !== 'failed' && {
        refresh: { seconds: 2, onlyWithoutScript: true },
      }),
    ...(isBuilding && ctx.method === 'GET' && { refresh: { seconds: 5, onlyWithoutScript: true } }),
    body: html`
${entry.notebook !== undefined && html`<p class="notebook">${say`Notebook ${html`<code>${entry.notebook}</code>`}`}</p>`}
<div id="launch" data-link="${link}" data-launch="${launch?.id ?? ''}" data-framed="${String(framed)}"
  data-fresh="${String(entry.fresh)}" data-ask="${String(confirmation !== undefined)}"
  data-refused="${String(refusal !== undefined)}" data-waits="${isBuilding ? 'build' : String(refusal?.code === 'maintenance')}" data-proof="${proof ?? ''}" data-state="${refusal === undefined || isBuilding || refusal.code === 'maintenance' ? (progress?.state ?? '') : 'failed'}" data-wrong="${String(progress?.reference !== undefined)}"
  data-files="${launch?.files ?? ''}" data-course="${course.id}" data-nonce-cookie="${nonceCookie(hub.hubUrl)}" data-after="${linkAfter(entry, link)}">
${replaced !== undefined && html`<p class="notice">${replaced}</p>`}
<p id="before" aria-live="polite" ${(progress?.before ?? progress?.told) === undefined && html`hidden`}>${progress?.before ?? progress?.told}</p>
<p id="message" role="status" aria-live="polite" tabindex="-1">${withTimes(progress?.message ?? confirmation?.message ?? refusal?.message ?? '')}</p>
<progress id="progress" aria-label="${say`Progress`}" max="100"${percent !== undefined && html` value="${percent}"`} ${((!started && !isBuilding) || progress?.state === 'failed' || progress?.state === 'ready') && html`hidden`}></progress>
<p id="time" class="quiet" ${progress?.start === undefined && html`hidden`}>${progress?.start?.usual !== undefined && say`Usually ready in about ${ofUnit(progress.start.usual, 'second')}.`}</p>
${referenceLine(progress?.reference, whyPage(hub, ctx, course))}
${contact && html`<p id="contact" class="quiet" ${!hasFailed && html`hidden`}>${contact}</p>`}
<div id="actions">
${refusal && startForm({ ...again, code, text: say`Try again`, links: refusal.links })}
${!started && refusal === undefined && (confirmation ? questionForm({ ...again, code }, confirmation) : html`<noscript><p>${say`Press the button, and wait here until your notebook is ready.`}</p>${startForm(again)}</noscript>`)}
${progress?.again !== undefined && startForm({ ...again, text: progress.again })}
${isReady && entranceForm(entrance, progress.told !== undefined)}
</div>
</div>
${passesOn && html`<script async src="${staticPath('pass-on.js')}"></script>`}
${waits && !keepsFilesIn(hub, course) && html`<p id="files" class="quiet">${filesAreLost}</p>`}
<div id="chosen">${launch?.choices !== undefined && choicesLines(launch.choices, link)}</div>
<p id="restart" class="quiet late" ${(progress?.state !== 'ready' || launch?.restart === undefined) && html`hidden`}>${say`It does not open? ${html`<a${launch?.restart !== undefined && html` href="${launch.restart}"`}>${say`Restart my notebook`}</a>`}`}</p>
<div id="new-tab" ${(!framed || entry.restart) && html`hidden`}>${newTab(linkForTab(entry, link), tab)}</div>
${readingFrame(launch?.reading)}`,
  })
}

/** Returns the line with what learners tell their teacher. To staff it leads to the page that says why. The script writes into its last element. */
function referenceLine(reference: string | undefined, why: string | undefined) {
  const line =
    why === undefined
      ? say`Reference: ${html`<code>${reference}</code>`}`
      : say`You look after this course, and can see why: ${html`<a href="${why}" target="_blank">${reference}</a>`}`
  return html`<p id="reference" class="quiet" ${reference === undefined && html`hidden`}>${line}</p>`
}

/** Returns the address at which staff of the course read why starts have failed; undefined for all others. */
function whyPage(hub: Hub, ctx: Koa.Context, { slug }: Course): string | undefined {
  const { user } = ctx.state
  const isStaff = user !== undefined && staffCourses(hub, user).some((course) => course.slug === slug)
  return isStaff ? `/hub/course/${slug}/runs?ends=failed` : undefined
}

interface StartForm {
  link: string
  framed: boolean
  proof: string | undefined
  code?: string | undefined
  text: Said
  /** Stand before the button, so that what loses nothing comes first. */
  links?: { href: string; text: Said }[]
  /** Whether the page has asked, and the button is the person's yes. */
  asked?: boolean
  loses?: boolean
}

function startForm({ link, framed, proof, code, text, links = [], asked = false, loses = false }: StartForm) {
  return html`${links.map((one) => html`<a class="button plain" href="${one.href}">${one.text}</a>`)}<form method="post" action="/hub/launches" id="start">
<input type="hidden" name="link" value="${link}"><input type="hidden" name="framed" value="${String(framed)}">
${proof !== undefined && html`<input type="hidden" name="proof" value="${proof}">`}
${code !== undefined && html`<input type="hidden" name="code" value="${code}">`}
${asked && pressed}
<button${loses && html` class="danger"`}>${text}</button></form>`
}

function questionForm(form: StartForm, { button, keep, loses }: Confirmation) {
  return startForm({ ...form, text: button, links: keep === undefined ? [] : [keep], asked: true, loses })
}

/** A field that says that a person has read the question and pressed the button. */
const pressed = html`<input type="hidden" name="confirmed" value="true">`

/**
 * Returns a link to a new tab, or a form when there is a code. A code is sent by POST, which only our own pages can do,
 * and never in an address, so that a copied link cannot carry it.
 */
export function newTab(link: string, code: string | undefined, { asked = false, isMain = false } = {}) {
  if (code === undefined)
    return html`<p><a class="button${!isMain && ' plain'}" href="${link}" target="_blank">${say`Open in a new tab`}</a></p>`
  return html`<form method="post" action="/hub/launches" target="_blank">
<input type="hidden" name="link" value="${link}"><input type="hidden" name="code" value="${code}">
${asked && pressed}<button${!isMain && html` class="plain"`}>${say`Open in a new tab`}</button></form>`
}

/** Returns the way in. Where the person is told something, the script leaves the button to the person. */
function entranceForm({ action, ticket }: Entrance, tells: boolean) {
  return html`<form method="post" action="${action}" id="enter" data-tells="${String(tells)}"><input type="hidden" name="ticket" value="${ticket}"><button>${say`Open my notebook`}</button></form>`
}
