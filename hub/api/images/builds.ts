import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import { bearerOf } from '../../access/user-tokens.ts'
import { coursesOfBuild } from '../../builds/images.ts'
import { askForBuild, cancelBuildOf, requireBuild } from '../../builds/request.ts'
import { buildWords, percentOf } from '../../builds/told.ts'
import { allBuilt, type Built } from '../../db/builds/built.ts'
import { type Build, latestJobs } from '../../db/jobs/jobs.ts'
import type { User } from '../../db/users.ts'
import { HttpError } from '../../errors.ts'
import { countBuild } from '../../http/limits.ts'
import { readJson } from '../../http/request.ts'
import type { Hub } from '../../hub.ts'
import { jobEvents } from '../../jobs/events.ts'
import { wholeLog } from '../../jobs/follow.ts'
import { isAdmin } from '../../rights/roles.ts'
import { adminCalling, givenToken, only } from '../caller.ts'

const asking = z.strictObject({ fresh: z.boolean().default(false) })

/** The API of the images that the hub makes of repositories, for admins. No caller names a repository: the config does. */
export function buildsApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api/builds' })
  const admin = only(hub, 'admin')
  const events = jobEvents(hub, buildWords)
  const isAdminStill = (bearer: { user: User } | undefined) => bearer !== undefined && isAdmin(hub, bearer.user)

  router.get('/', admin, async (ctx) => {
    const names = Object.keys(hub.config.builds.images)
    const [built, latest] = [await allBuilt(hub.db), await latestJobs(hub.db, 'image', names)]
    ctx.body = { builds: names.map((name) => present(hub, name, built.get(name), latest.get(name))) }
  })

  router.get('/:name', admin, async (ctx) => {
    const name = nameIn(hub, ctx)
    const [built, latest] = [await allBuilt(hub.db), await latestJobs(hub.db, 'image', [name])]
    ctx.body = present(hub, name, built.get(name), latest.get(name))
  })

  router.post('/:name', admin, async (ctx) => {
    const name = nameIn(hub, ctx)
    const read = asking.safeParse(await readJson(ctx))
    if (!read.success) throw new HttpError(400, 'bad_build_request', z.prettifyError(read.error))
    const by = adminCalling(ctx)
    if (by.id !== 'operator') countBuild(hub, by)
    const build = await askForBuild(hub, name, by, { ...read.data, insists: true })
    ctx.status = 202
    ctx.body = presentBuild(build)
  })

  router.delete('/:name', admin, async (ctx) => {
    ctx.status = 202
    ctx.body = presentBuild(await cancelBuildOf(hub, nameIn(hub, ctx), adminCalling(ctx)))
  })

  router.get('/:name/log', admin, async (ctx) => {
    const name = nameIn(hub, ctx)
    const build = (await latestJobs(hub.db, 'image', [name])).get(name)
    if (build === undefined)
      throw new HttpError(404, 'no_build', `The image ${name} was never built. Ask for it first.`)
    if (ctx.accepts('text/plain', 'text/event-stream') === 'text/event-stream') {
      const { caller } = ctx.state
      const mayRead = async () =>
        caller?.kind === 'operator' || isAdminStill(await bearerOf(hub, givenToken(ctx) ?? ''))
      return events(ctx, build, { id: adminCalling(ctx).id, mayRead })
    }
    ctx.type = 'text'
    ctx.body = await wholeLog(hub.db, build.id)
  })

  return router
}

function nameIn(hub: Hub, ctx: Koa.Context): string {
  const name = String(ctx.params.name)
  requireBuild(hub, name)
  return name
}

function present(hub: Hub, name: string, built: Built | undefined, latest: Build | undefined) {
  const { git, ref, folder } = requireBuild(hub, name)
  return {
    ...{ name, git, ref: ref ?? null, folder: folder ?? null },
    courses: coursesOfBuild(hub.courses.all, name).map((course) => course.name),
    built: built === undefined ? null : presentBuilt(built),
    last: latest === undefined ? null : presentBuild(latest),
  }
}

function presentBuilt({ image, imageId, commit, key, at }: Built) {
  return { image, id: imageId, commit, key, at: timeOf(at) }
}

function presentBuild(build: Build) {
  const { id, name, state, step, steps, commit, subject, key, problem } = build
  return {
    ...{ build: id, name, state, percent: percentOf(build), step: step ?? null, steps: steps ?? null },
    ...{ commit: commit ?? null, subject: subject ?? null, key: key ?? null },
    ...{ image: build.image ?? null, id: build.imageId ?? null, problem: problem ?? null },
    ...{ asked_by: build.askedBy, cancelled_by: build.cancelledBy ?? null, fresh: build.fresh },
    ...{ asked: timeOf(build.asked), started: timeOf(build.started), ended: timeOf(build.ended) },
  }
}

function timeOf(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : new Date(milliseconds).toISOString()
}
