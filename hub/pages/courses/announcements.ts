import Router from '@koa/router'
import type Koa from 'koa'
import type { Course } from '../../../courses/course.ts'
import { type Said, say, sentences, type Text } from '../../../words/text.ts'
import { sessionHash } from '../../access/account.ts'
import { notForYou } from '../../access/sign-in-first.ts'
import {
  type Audience,
  announce,
  announcementsFor,
  faultText,
  newAnnouncement,
  takeBack,
} from '../../announcements/announcements.ts'
import { courseLookedAfter } from '../../courses/editors.ts'
import { holdSession } from '../../db/sessions.ts'
import type { User } from '../../db/users.ts'
import { HttpError } from '../../errors.ts'
import { countCourseChange } from '../../http/limits.ts'
import { readForm, requireOwnPage } from '../../http/request.ts'
import type { Hub } from '../../hub.ts'
import { sendAnnouncementsPage } from '../../views/announcements/page.ts'
import { goBack, noticeOf } from '../notices.ts'
import { requireAdmin } from '../require-admin.ts'
import { editorOf } from './editor.ts'

interface Place {
  user: User
  audience: Audience
  /** Undefined for the whole site. */
  course: Course | undefined
  address: string
}

/** The pages of announcements: that of the site for admins, and one of each course for its staff. */
export function announcementPages(hub: Hub): Router {
  const router = new Router()
  const ownPage = requireOwnPage(hub.hubUrl)
  const places: [string, (ctx: Koa.Context) => Promise<Place>][] = [
    [
      '/hub/admin/announcements',
      async (ctx) => ({
        user: await requireAdmin(hub, ctx),
        audience: undefined,
        course: undefined,
        address: '/hub/admin/announcements',
      }),
    ],
    [
      '/hub/my-courses/:course/announcements',
      async (ctx) => {
        const { user } = await editorOf(hub, ctx)
        const course = courseLookedAfter(hub, user, String(ctx.params.course))
        if (course === undefined)
          throw notForYou(ctx, user, say`The announcements of a course are for the people who look after the course.`)
        const address = `/hub/my-courses/${course.slug}/announcements`
        return { user, audience: course, course, address }
      },
    ],
  ]

  for (const [path, placeOf] of places) {
    router.get(path, async (ctx) => show(ctx, await placeOf(ctx)))

    router.post(path, ownPage, async (ctx) => {
      const place = await placeOf(ctx)
      countCourseChange(hub, place.user)
      const { text = '', level, begins = '', ends = '' } = await readForm(ctx)
      const wanted = newAnnouncement.safeParse({ text, level, begins: timeIn(begins), ends: timeIn(ends) })
      const refuse = (status: number, problem: Said) => {
        ctx.status = status
        return show(ctx, place, { problem, typed: { text, level: level ?? '', begins, ends } })
      }
      if (!wanted.success) {
        const problem = wanted.error.issues.map(
          ({ path, message }) => say`${names[String(path[0])] ?? say`It`} ${faultText(message)}.`,
        )
        return refuse(400, sentences(problem))
      }
      try {
        await announce(hub, place.audience, announcer(ctx, place), wanted.data)
      } catch (error) {
        if (error instanceof HttpError && error.status !== 403) return refuse(error.status, error.said)
        throw error
      }
      await goBack(hub, ctx, place.address, { text: say`It is announced.` })
    })

    router.post(`${path}/:id/remove`, ownPage, async (ctx) => {
      const place = await placeOf(ctx)
      await takeBack(hub, place.audience, announcer(ctx, place), String(ctx.params.id))
      await goBack(hub, ctx, place.address, { text: say`The announcement is removed.` })
    })
  }

  async function show(ctx: Koa.Context, { user, audience, course, address }: Place, more = {}) {
    const [all, notice] = [await announcementsFor(hub, audience), await noticeOf(hub, ctx)]
    sendAnnouncementsPage(ctx, { user, address, course, all, notice, ...more })
  }

  return router
}

const names: Record<string, Text> = {
  text: say`The text`,
  level: say`The kind`,
  begins: say`The beginning`,
  ends: say`The end`,
}

/** Returns the time of a field of the form, which is in UTC; undefined for an empty one. */
function timeIn(field: string): string | undefined {
  return field === '' ? undefined : /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(field) ? `${field}:00Z` : field
}

function announcer(ctx: Koa.Context, { user }: Place) {
  const session = sessionHash(ctx)
  return { id: user.id, precondition: (trx: Parameters<typeof holdSession>[0]) => holdSession(trx, session) }
}
