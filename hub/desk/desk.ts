import Router from '@koa/router'
import { z } from 'zod'
import { say } from '../../words/text.ts'
import { endOfServer } from '../ends/ends.ts'
import { keepServer } from '../ends/keep.ts'
import { HttpError } from '../errors.ts'
import { readJson } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { supportCodeOf } from '../support/codes.ts'
import { deskCalling, requireDesk } from './caller.ts'
import { askPace, deedPace, deskPaced } from './pace.ts'
import { deskFile, readAs } from './questions.ts'
import { answerState, presentEnd } from './state.ts'

const nothing = z.strictObject({})
const stateQuestion = z.strictObject({ notebook: deskFile.nullable(), active: z.boolean() })

/** The API of the strip about the server: its state, the wish to keep it, and its support code (docs/wire.md). */
export function deskApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api/desk' })
  const owned = requireDesk(hub)
  const asks = deskPaced(askPace)
  const does = deskPaced(deedPace)

  router.post('/state', owned, asks, async (ctx) => {
    ctx.body = await answerState(hub, deskCalling(ctx), readAs(stateQuestion, await readJson(ctx)))
  })

  router.post('/keep', owned, does, async (ctx) => {
    readAs(nothing, await readJson(ctx))
    const { server } = deskCalling(ctx)
    if (!(await keepServer(hub, server)))
      throw new HttpError(410, 'stopped', say`This notebook is being stopped already. Open it again.`)
    ctx.body = { ends: await presentEnd(hub, await endOfServer(hub, server)) }
  })

  router.post('/support-code', owned, does, async (ctx) => {
    readAs(nothing, await readJson(ctx))
    const { code, until } = await supportCodeOf(hub, deskCalling(ctx).server)
    ctx.body = { code, until: new Date(until).toISOString() }
  })

  return router
}
