/** The addresses of tmpnb's API, and its page of numbers (docs/wire.md, "tmpnb's addresses"). No cookie counts here. */
import Router from '@koa/router'
import type Koa from 'koa'
import type { TmpnbSettings } from '../../config/sections/tmpnb.ts'
import { HttpError, TooMany } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { courseOfTmpnb } from '../launch/tmpnb.ts'
import { drainSpares } from '../servers/spares/drain.ts'
import { sendInfoPage } from './info-page.ts'
import { answerPreflight, letRead } from './origins.ts'
import { requireSpawner, requireToken, spawn } from './spawn.ts'
import { rememberedStats } from './stats.ts'

export function tmpnbRoutes(hub: Hub, settings: TmpnbSettings): Router {
  const router = new Router()
  const { apiToken, adminToken, pages } = settings
  const stats = rememberedStats(hub)

  router.options(['/api/spawn', '/api/stats'], (ctx) => answerPreflight(ctx, courseOfTmpnb(hub, settings)))

  router.get('/api/stats', async (ctx) => {
    const course = courseOfTmpnb(hub, settings)
    letRead(ctx, course)
    ctx.body = await stats(course)
  })

  router.get('/stats', (ctx) => ctx.redirect('/api/stats'))

  router.post('/api/spawn', async (ctx) => {
    const course = courseOfTmpnb(hub, settings)
    letRead(ctx, course)
    await requireSpawner(hub, ctx, { apiToken, course })
    try {
      ctx.body = { url: await spawn(hub, ctx, course) }
    } catch (error) {
      if (!isFull(error)) throw error
      sayFull(ctx, error)
    }
  })

  if (adminToken !== undefined) {
    router.delete('/api/pool', async (ctx) => {
      await requireToken(hub, ctx, adminToken)
      ctx.body = { drained: await drainSpares(hub, courseOfTmpnb(hub, settings).slug, 'tmpnb') }
    })
  }

  if (pages) router.get('/info', async (ctx) => sendInfoPage(ctx, await stats(courseOfTmpnb(hub, settings))))

  return router
}

function isFull(error: unknown): error is HttpError {
  return error instanceof HttpError && error.status === 429
}

/** Answers in tmpnb's words that there is no room, or not for this client. */
function sayFull(ctx: Koa.Context, error: HttpError): void {
  ctx.status = 429
  if (!ctx.res.hasHeader('Retry-After')) ctx.set('Retry-After', String(error instanceof TooMany ? error.seconds : 60))
  ctx.body = { status: 'full', error: error.code, message: error.message }
}
