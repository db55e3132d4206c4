/** The API of the strip about copies to read that the owner shares (docs/wire.md). */
import Router from '@koa/router'
import { z } from 'zod'
import { isLivingSeat } from '../db/seats/seats.ts'
import { readJson } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { copyAddress, shareCopy } from '../snapshots/share.ts'
import { deskCalling, requireDesk } from './caller.ts'
import { courseOfDesk } from './course.ts'
import { deedPace, deskPaced } from './pace.ts'
import { deskFile, readAs } from './questions.ts'

const question = z.strictObject({ path: deskFile, days: z.int().min(1).optional() })

export function deskShareApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api/desk' })

  router.post('/share', requireDesk(hub), deskPaced(deedPace), async (ctx) => {
    const { path, days } = readAs(question, await readJson(ctx))
    const { server, user, seat } = deskCalling(ctx)
    const copy = await shareCopy(hub, server, {
      ...{ user, course: courseOfDesk(hub, ctx), paths: [path], days },
      precondition: (trx) => isLivingSeat(trx, { server: server.id, run: server.run, user: user.id, id: seat }),
    })
    ctx.body = {
      url: copyAddress(hub, copy),
      until: new Date(copy.expires).toISOString(),
      list: `${hub.hubUrl}/hub/snapshots`,
    }
  })

  return router
}
