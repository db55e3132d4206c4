/** What all pages of this hub have in common: the site's name and picture, and where each user can go. */
import Router from '@koa/router'
import type Koa from 'koa'
import type { Course } from '../../../courses/course.ts'
import { mayHaveGuests } from '../../../courses/home.ts'
import { say } from '../../../words/text.ts'
import { keeperOf, keepersOf } from '../../access/keepers.ts'
import { madeCourseOf } from '../../courses/courses.ts'
import { configCoursesOf, editableBy, mayMakeCourses } from '../../courses/editors.ts'
import type { User } from '../../db/users.ts'
import type { Hub } from '../../hub.ts'
import { isAdmin } from '../../rights/roles.ts'
import { isSharer } from '../../rights/sharers.ts'
import { mayLookUp } from '../../support/look-up.ts'
import type { PagesSite, SitePlace } from '../../views/parts/site.ts'

/** Tells all pages, those about errors too, to which site they belong. */
export function ofSite(hub: Hub): Koa.Middleware {
  const { name, language, help, support } = hub.config.site
  const site: PagesSite = {
    name,
    language,
    help,
    support,
    logo: logoPath(hub),
    placesOf: (user) => ({
      ...{ work: workPlaces(hub, user), account: accountPlaces(hub, user) },
      ...(isAdmin(hub, user) && { search: '/hub/admin/search' }),
    }),
    placesIn: (course) => coursePlaces(hub, course),
  }
  return function withSite(ctx, next) {
    ctx.state.site = site
    return next()
  }
}

/** Returns whether the list of courses has something for the user. */
function hasCourses(hub: Hub, user: User): boolean {
  return mayMakeCourses(hub, { user }) || editableBy(hub, { user }).length > 0 || configCoursesOf(hub, user).length > 0
}

function workPlaces(hub: Hub, user: User): SitePlace[] {
  const admin = isAdmin(hub, user)
  const looksAfter = mayLookUp(hub, user)
  return [
    { href: '/hub/home', text: say`My notebooks`, also: ['/hub/share', '/hub/servers', '/hub/versions'] },
    ...(hasCourses(hub, user) ? [{ href: '/hub/my-courses', text: say`Courses`, also: ['/hub/course'] }] : []),
    ...(looksAfter && hub.spawner.images !== undefined
      ? [{ href: '/hub/images', text: say`Images`, also: ['/hub/builds'] }]
      : []),
    ...(looksAfter ? [{ href: '/hub/support', text: say`Support codes` }] : []),
    ...(admin ? [{ href: '/hub/admin', text: say`Administration`, inside: adminPlaces(hub) }] : []),
  ]
}

function coursePlaces(hub: Hub, course: Course): SitePlace[] {
  const { slug, home, content } = course
  const [staff, making] = [`/hub/course/${slug}`, `/hub/my-courses/${slug}`]
  return [
    { href: staff, text: say`Notebooks` },
    { href: `${staff}/runs`, text: say`Past starts` },
    ...(home !== undefined && mayHaveGuests(course) ? [{ href: `${staff}/homes`, text: say`Files of learners` }] : []),
    { href: `${staff}/snapshots`, text: say`Shared copies` },
    { href: `${making}/announcements`, text: say`Announcements` },
    ...(content === undefined
      ? []
      : [{ href: `${making}/content`, text: say`Content`, also: [`${making}/access`, `${making}/notebooks`] }]),
    ...(madeCourseOf(hub.courses, slug) !== undefined ? [{ href: making, text: say`Settings` }] : []),
  ]
}

function adminPlaces(hub: Hub): SitePlace[] {
  return [
    { href: '/hub/admin', text: say`Users` },
    { href: '/hub/admin/servers', text: say`Notebooks` },
    { href: '/hub/admin/events', text: say`Events` },
    ...(keepersOf(hub).length > 0
      ? [{ href: '/hub/admin/accounts', text: say`Accounts`, also: ['/hub/admin/import', '/hub/admin/mails'] }]
      : []),
    { href: '/hub/admin/announcements', text: say`Announcements` },
    { href: '/hub/admin/maintenance', text: say`Maintenance` },
    { href: '/hub/admin/search', text: say`Search` },
  ]
}

function accountPlaces(hub: Hub, user: User): SitePlace[] {
  return [
    ...(isSharer(hub, user) ? [{ href: '/hub/snapshots', text: say`Shared copies` }] : []),
    ...(user.kind === 'learner' ? [] : [{ href: '/hub/token', text: say`API tokens` }]),
    ...(keeperOf(hub, user) === undefined ? [] : [{ href: '/hub/password', text: say`Change your password` }]),
    ...(user.kind === 'temporary' ? [] : [{ href: '/hub/logout', text: say`Sign out everywhere` }]),
  ]
}

function logoPath({ config: { logo } }: Hub): string | undefined {
  return logo && `/hub/logo/${logo.digest}.${logo.type}`
}

/**
 * Serves the site's picture. It comes from the operator, but a picture of SVG that is opened as a page of its own is a
 * document: nothing in it may run or fetch anything, or be of the hub's origin.
 */
export function logoRoute(hub: Hub): Router {
  const router = new Router()
  const path = logoPath(hub)
  const { logo } = hub.config
  if (path === undefined || logo === undefined) return router
  router.get(path, (ctx) => {
    ctx.type = logo.type
    ctx.set('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox")
    // The address changes with the picture.
    ctx.set('Cache-Control', 'public, max-age=31536000, immutable')
    ctx.body = logo.content
  })
  return router
}
