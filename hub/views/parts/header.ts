import { type Html, html } from '../../../net/html.ts'
import { type Said, say } from '../../../words/text.ts'
import { staticPath } from '../static-files.ts'
import type { PagesSite, SitePlace } from './site.ts'

interface Header {
  site: PagesSite | undefined
  /** Name and places of the page's user; undefined where no user is signed in. */
  user: { name: Said; work: SitePlace[]; account: SitePlace[]; search?: string; asksToLeave: boolean } | undefined
  /** The path of the page, by which its place is marked. */
  path: string
  /** What the page is about, with the pages about it, to which a line of their own leads. */
  inside?: { name: string; places: SitePlace[] }
}

/** What pages call a site that has no name of its own. */
export const usualName = 'Carrel'

/** Returns the header of a page: the site, where its user can go, and the way out. */
export function siteHeader({ site, user, path, inside }: Header): Html {
  const { name = usualName, logo = staticPath('icon.svg'), help } = site ?? {}
  const current = user && placeOf(path, [...user.work, ...user.account])
  const work = [...(user?.work ?? []), ...(help === undefined ? [] : [{ href: help, text: say`Help` }])]
  const places =
    work.length > 0 &&
    html`<nav class="places" aria-label="${say`Site`}"><ul>${work.map((place) => html`<li>${placeLink(place, current, path)}</li>`)}</ul></nav>`
  // The places of those who may search the site are a line below. The keyboard goes in the order that is seen.
  const searches = user?.search !== undefined
  return html`<header class="site"><div>
<a class="brand" href="/"><img src="${logo}" alt="">${name}</a>
${!searches && places}
${user?.search !== undefined && searchForm(user.search)}
${user !== undefined && me(user, current, path)}
${searches && places}
</div>${inside !== undefined ? insideOf(inside.name, inside.places, path) : current?.inside !== undefined && insideOf(current.text, current.inside, path)}</header>`
}

function searchForm(action: string): Html {
  return html`<form class="find" method="get" action="${action}" role="search" aria-label="${say`The whole site`}"><input name="q" type="search" maxlength="100" required autocomplete="off" aria-label="${say`Search the whole site`}" placeholder="${say`Search`}"></form>`
}

/** Returns the line that leads to the pages inside a place. */
function insideOf(name: Said, places: SitePlace[], path: string): Html {
  const current = placeOf(path, places)
  return html`<nav class="places inside" aria-label="${name}"><ul>${places.map((place) => html`<li>${placeLink(place, current, path)}</li>`)}</ul></nav>`
}

function me(
  { name, account, asksToLeave }: NonNullable<Header['user']>,
  current: SitePlace | undefined,
  path: string,
): Html {
  return html`<div class="me">${
    account.length === 0
      ? html`<span>${name}</span>`
      : html`<details class="menu"><summary><span>${name}</span></summary><ul>${account.map((place) => html`<li>${placeLink(place, current, path)}</li>`)}</ul></details>`
  }
<form method="${asksToLeave ? 'get' : 'post'}" action="/hub/logout"><button class="plain">${say`Sign out`}</button></form></div>`
}

function placeLink(place: SitePlace, current: SitePlace | undefined, path: string): Html {
  const { href, text } = place
  const mark = place === current && html` aria-current="${path === href ? 'page' : 'true'}"`
  return html`<a href="${href}"${mark}>${text}</a>`
}

/** Returns the place to which a page belongs: the one with the longest address above the page's. Pure. */
export function placeOf(path: string, places: SitePlace[]): SitePlace | undefined {
  const lengthIn = ({ href, also = [] }: SitePlace) =>
    Math.max(0, ...[href, ...also].filter((one) => path === one || path.startsWith(`${one}/`)).map((one) => one.length))
  const [nearest] = places.toSorted((a, b) => lengthIn(b) - lengthIn(a))
  return nearest !== undefined && lengthIn(nearest) > 0 ? nearest : undefined
}

/** A page above another one. */
export interface Crumb {
  href: string
  text: Said
}

/** The page above those about making and changing one course. */
export const coursesCrumbs: Crumb[] = [{ href: '/hub/my-courses', text: say`Courses` }]

/** Returns the way from the first page to this one, whose own title stands below it. */
export function breadcrumbs(crumbs: Crumb[]): Html | false {
  if (crumbs.length === 0) return false
  return html`<nav class="crumbs" aria-label="${say`Breadcrumb`}"><ol>${crumbs.map(({ href, text }) => html`<li><a href="${href}">${text}</a></li>`)}</ol></nav>`
}
