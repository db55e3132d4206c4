import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import {
  type Audience,
  announce,
  announcementsFor,
  newAnnouncement,
  takeBack,
} from '../../announcements/announcements.ts'
import type { StoredAnnouncement } from '../../db/announcements.ts'
import { HttpError } from '../../errors.ts'
import { countCourseChange } from '../../http/limits.ts'
import { readJson } from '../../http/request.ts'
import type { Hub } from '../../hub.ts'
import { adminCalling, only } from '../caller.ts'
import { requireLookedAfter, userOrOperator } from './looked-after.ts'

/** The API of announcements: those of the site for admins, those of a course for its staff. */
export function announcementsApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api' })
  const places: [string, Koa.Middleware, (ctx: Koa.Context) => Promise<Audience>][] = [
    ['/announcements', only(hub, 'admin'), async () => undefined],
    ['/courses/:course/announcements', only(hub, 'admin', 'user'), (ctx) => requireLookedAfter(hub, ctx)],
  ]
  for (const [path, callers, audienceOf] of places) {
    router.get(path, callers, async (ctx) => {
      ctx.body = { announcements: (await announcementsFor(hub, await audienceOf(ctx))).map(present) }
    })

    router.post(path, callers, async (ctx) => {
      const audience = await audienceOf(ctx)
      countChange(hub, ctx)
      const wanted = newAnnouncement.safeParse(await readJson(ctx))
      if (!wanted.success) throw new HttpError(400, 'bad_announcement', z.prettifyError(wanted.error))
      ctx.status = 201
      ctx.body = present(await announce(hub, audience, adminCalling(ctx), wanted.data))
    })

    router.delete(`${path}/:id`, callers, async (ctx) => {
      await takeBack(hub, await audienceOf(ctx), adminCalling(ctx), String(ctx.params.id))
      ctx.status = 204
    })
  }
  return router
}

function countChange(hub: Hub, ctx: Koa.Context): void {
  const { user } = userOrOperator(ctx)
  if (user !== undefined) countCourseChange(hub, user)
}

function present({ id, level, text, begins, ends }: StoredAnnouncement) {
  return { id, level, text, begins: timeOf(begins), ends: timeOf(ends) }
}

function timeOf(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString()
}
