import type Koa from 'koa'
import type { Course } from '../../courses/course.ts'
import { type Html, html, htmlIn } from '../../net/html.ts'
import type { Language } from '../../words/language.ts'
import { type Said, say } from '../../words/text.ts'
import type { Announcement } from '../db/announcements.ts'
import type { Maintenance } from '../db/installation.ts'
import { announcementLines } from './announcements/lines.ts'
import { contactText } from './parts/contact.ts'
import { breadcrumbs, type Crumb, siteHeader, usualName } from './parts/header.ts'
import { languageOf } from './parts/language.ts'
import { scriptWords } from './parts/script-words.ts'
import { staticPath } from './static-files.ts'

export interface Page {
  title: Said
  body: Html
  /** The pages above this one, the highest first. */
  crumbs?: Crumb[]
  /** The course that the page is about, for its staff: a line of the header leads to the other pages about it. */
  course?: Course | undefined
  /** Whether the page shows lists, and takes more of a wide window than text does. */
  wide?: boolean
  /** Names of our browser scripts, in `hub/static/`. */
  scripts?: string[]
  /**
   * Loads the page again after so many seconds, or goes on to another address. A page that follows by script only does
   * so without script.
   */
  refresh?: { seconds: number; onlyWithoutScript: boolean; to?: string }
  /** Origins that may show this page in a frame; none when undefined. */
  ancestors?: string[]
  /** The height of a frame that suits the notebook to which this page leads, in CSS pixels. */
  notebookHeight?: number
  /** Whether the page has a frame with another page of ours. */
  hasFrame?: boolean
  /** Origins that a form of this page may be sent to, besides our own. */
  formTargets?: string[]
  /** Origins, or patterns of them, that a script of this page may ask, besides our own. */
  askTargets?: string[]
  /**
   * Name of the page's user, for a header with where this user can go, and the way out. Undefined where no user is signed in,
   * and on launch pages.
   */
  userName?: Said
  /** What staff find in the log about this page. A mail that it leads to names it. */
  reference?: string | undefined
  /** Whether the body says whom to ask, so that nothing below does. */
  namesContact?: boolean
}

/** Answers with a whole page and a policy that keeps the page ours: nothing inline and nothing foreign. */
export function sendPage(ctx: Koa.Context, page: Page): void {
  const framing = page.ancestors && page.ancestors.length > 0 ? page.ancestors.join(' ') : "'none'"
  const forms = ["'self'", ...(page.formTargets ?? [])].join(' ')
  const asks = ["'self'", ...(page.askTargets ?? [])].join(' ')
  ctx.set(
    'Content-Security-Policy',
    `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src ${asks}; ${page.hasFrame ? "frame-src 'self'; " : ''}form-action ${forms}; base-uri 'none'; frame-ancestors ${framing}`,
  )
  const language = languageOf(ctx)
  ctx.type = 'html'
  ctx.set('Content-Language', language)
  ctx.vary('Accept-Language')
  ctx.body = layout(page, {
    language,
    header: headerOf(ctx, page),
    hasUser: page.userName !== undefined,
    contact: page.namesContact ? undefined : contactText(ctx, subjectOf(ctx, page)),
    site: ctx.state.site?.name,
    maintenance: ctx.state.maintenance,
    announcements: ctx.state.announcements ?? [],
  })
}

/** Returns the subject of a mail to those who help. */
function subjectOf({ state }: Koa.Context, { reference }: Page): string {
  const { name = usualName } = state.site ?? {}
  return reference === undefined ? name : `${name} (${reference})`
}

/** Returns the header of the page; none where a browser says that it is in a frame, where the page around has one. */
function headerOf(ctx: Koa.Context, { userName, course, ancestors = [] }: Page): Html | false {
  // Old browsers do not say where they show a page, and no browser says so over plain http.
  const isAlone = ancestors.length === 0 || ['', 'document'].includes(ctx.get('Sec-Fetch-Dest'))
  if (!isAlone) return false
  const { site, user, stopsAtSignOut } = ctx.state
  const places = (user && site?.placesOf(user)) ?? { work: [], account: [] }
  // Where a sign-out stops servers, the button leads to the page that says so.
  const asksToLeave = stopsAtSignOut === true
  return siteHeader({
    site,
    path: ctx.path,
    ...(site && course && { inside: { name: course.title ?? course.name, places: site.placesIn(course) } }),
    user: userName === undefined ? undefined : { name: userName, asksToLeave, ...places },
  })
}

function layout(
  { title, body, crumbs = [], wide = false, scripts = [], refresh, ancestors = [], notebookHeight }: Page,
  of: {
    language: Language
    header: Html | false
    hasUser: boolean
    contact: Html | undefined
    site: string | undefined
    maintenance: Maintenance | undefined
    announcements: Announcement[]
  },
): string {
  const { language } = of
  // Written once, since what is in it decides about the rest of the page.
  const written = body.in?.(language) ?? body.html
  const hasTimes = / data-(local|utc)>/.test(written)
  const asks = written.includes(' data-asks')
  const copies = written.includes(' data-copies=')
  const hasMenus = written.includes('<details class="menu') || of.hasUser
  const tells = of.announcements.length > 0
  const ofBody = [
    ...(tells ? ['announcements.js'] : []),
    ...(hasTimes ? ['times.js'] : []),
    ...(asks ? ['ask.js'] : []),
    ...(copies ? ['copy.js'] : []),
    ...(hasMenus ? ['menus.js'] : []),
  ]
  const all = [...(ancestors.length > 0 ? ['frame.js'] : []), 'rest.js', ...ofBody, ...scripts]
  const whole = html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<title>${title} – ${of.site ?? usualName}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="${staticPath('icon.svg')}" type="image/svg+xml">
<link rel="stylesheet" href="${staticPath('style.css')}">
${refresh?.onlyWithoutScript ? html`<noscript>${refreshTag(refresh)}</noscript>` : refresh && refreshTag(refresh)}
${all.map((name) => html`<script type="module" src="${staticPath(name)}"></script>`)}
${scriptWords(all, language)}
</head>
<body${ancestors.length > 0 && html` data-ancestors="${ancestors.join(' ')}" data-notebook-height="${notebookHeight}"`}>
${of.header && html`<a class="skip" href="#main">${say`Skip to the content`}</a>`}
${of.header}
<main id="main" tabindex="-1"${wide && html` class="wide"`}>
${
  of.maintenance &&
  html`<p class="notice"><strong>${say`Maintenance:`}</strong> ${say`learners cannot open notebooks just now. What is open goes on.`} ${of.maintenance.message}</p>`
}
${announcementLines(of.announcements)}
${breadcrumbs(crumbs)}
<h1>${title}</h1>
${htmlIn(() => written)}
${copies && html`<p id="copied" class="unseen" role="status"></p>`}
</main>
${of.contact && html`<footer class="contact${wide && ' wide'}"><p class="quiet">${of.contact}</p></footer>`}
</body>
</html>
`
  return whole.in?.(language) ?? whole.html
}

function refreshTag({ seconds, to }: { seconds: number; to?: string }): Html {
  return html`<meta http-equiv="refresh" content="${seconds}${to !== undefined && `;url=${to}`}">`
}
