/** Has pages tell what the people of the site, or of a course, are told at the moment. */
import type Koa from 'koa'
import type { Course } from '../../courses/course.ts'
import { type Announcement, shownAnnouncements, wholeSite } from '../db/announcements.ts'
import type { Hub } from '../hub.ts'
import { wantsHtml } from './request.ts'

declare module 'koa' {
  interface DefaultState {
    /** What the page tells beside its own content. */
    announcements?: Announcement[]
  }
}

/** Has each page for people tell what the whole site is told. */
export function tellSite(hub: Pick<Hub, 'db'>): Koa.Middleware {
  return async function withAnnouncements(ctx, next) {
    if (ctx.method === 'GET' && wantsHtml(ctx)) ctx.state.announcements = await shownAnnouncements(hub.db, wholeSite)
    await next()
  }
}

/** Has the page that is made now tell also what the people of this course are told, to a reader who may open the course. */
export async function tellCourse(hub: Pick<Hub, 'db'>, ctx: Koa.Context, course: Pick<Course, 'id'>): Promise<void> {
  if (ctx.state.announcements === undefined) return
  ctx.state.announcements.push(...(await shownAnnouncements(hub.db, course.id)))
}
