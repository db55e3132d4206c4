import Router from '@koa/router'
import type Koa from 'koa'
import type { Course } from '../../courses/course.ts'
import { type Said, say } from '../../words/text.ts'
import { requireUser, sessionHash } from '../access/account.ts'
import { notForYou } from '../access/sign-in-first.ts'
import { coursesOfBuild } from '../builds/images.ts'
import { askForBuild, cancelBuildOf, requireBuild } from '../builds/request.ts'
import { buildWords } from '../builds/told.ts'
import { findBuilt } from '../db/builds/built.ts'
import { readClock } from '../db/clock.ts'
import { isUnderWay, latestJobs } from '../db/jobs/jobs.ts'
import { lastOfLog } from '../db/jobs/logs.ts'
import { isLiveSession } from '../db/sessions.ts'
import { findUser, type User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { countBuild } from '../http/limits.ts'
import { queryOf, readForm, requireOwnPage } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { jobEvents } from '../jobs/events.ts'
import { wholeLog } from '../jobs/follow.ts'
import { isAdmin, isStaff } from '../rights/roles.ts'
import { sendBuildPage } from '../views/images/build.ts'
import { languageOf } from '../views/parts/language.ts'
import { goBack, noticeOf } from './notices.ts'

/** The pages of images that the hub builds: for admins, and for staff of the courses that use them. */
export function buildPages(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/builds/:name' })
  const ownPage = requireOwnPage(hub.hubUrl)
  const events = jobEvents(hub, buildWords)

  router.get('/', async (ctx) => {
    const { user, name, mayOverrule } = await requireBuilder(hub, ctx)
    const [built, latest] = [await findBuilt(hub.db, name), await latestJobs(hub.db, 'image', [name])]
    const last = latest.get(name)
    // Read before the log, so that events begin no later than the log ends.
    const part = last && isUnderWay(last) ? ((await lastOfLog(hub.db, last.id))?.part ?? 0) : 0
    const log = last === undefined ? '' : await wholeLog(hub.db, last.id, last && isUnderWay(last) ? part : undefined)
    sendBuildPage(ctx, {
      ...{ user, name, mayOverrule, built, last, log, repository: requireBuild(hub, name) },
      courses: coursesOfBuild(hub.courses.all, name).filter(({ variantOf }) => variantOf === undefined),
      events: `/hub/builds/${name}/events?after=${last?.id ?? 0}.${part}`,
      notice: await noticeOf(hub, ctx),
      now: await readClock(hub.db),
    })
  })

  router.get('/events', async (ctx) => {
    const { user, name } = await requireBuilder(hub, ctx)
    const last = (await latestJobs(hub.db, 'image', [name])).get(name)
    if (last === undefined) throw new HttpError(404, 'no_build', say`The image ${name} was never built.`)
    const { after } = queryOf(ctx)
    const session = sessionHash(ctx)
    const mayRead = async () => {
      const still = (await isLiveSession(hub.db, session)) ? await findUser(hub.db, user.id) : undefined
      return still !== undefined && mayBuild(hub, still, name)
    }
    events(ctx, last, { id: user.id, mayRead, language: languageOf(ctx) }, typeof after === 'string' ? after : '')
  })

  router.post('/', ownPage, async (ctx) => {
    const { user, name, mayOverrule } = await requireBuilder(hub, ctx)
    const fresh = (await readForm(ctx)).fresh === 'true'
    if (fresh && !mayOverrule) throw notForYou(ctx, user, forOverrulers)
    countBuild(hub, user)
    await askForBuild(hub, name, { id: user.id }, { fresh, insists: true })
    await goBack(hub, ctx, `/hub/builds/${name}`, { text: say`The build begins. This page shows how it goes.` })
  })

  router.post('/cancel', ownPage, async (ctx) => {
    const { user, name, mayOverrule } = await requireBuilder(hub, ctx)
    if (!mayOverrule) throw notForYou(ctx, user, forOverrulers)
    const text = await cancelBuildOf(hub, name, { id: user.id }).then<Said, Said>(
      () => say`The build is being cancelled.`,
      (error: unknown) => {
        if (error instanceof HttpError && error.status === 409) return error.said
        throw error
      },
    )
    await goBack(hub, ctx, `/hub/builds/${name}`, { text })
  })

  return router
}

const forOverrulers = say`This is for admins, and for staff of courses in the config that use the image.`

/**
 * Returns the user who may see this build and ask for it, and its name. Refuses all others alike, whatever the name.
 * `mayOverrule` says whether the user may also end a build and have all of it made anew. Staff of a course that people have
 * made may not: each of its makers chooses the images that it uses, and others' courses use them too.
 */
async function requireBuilder(hub: Hub, ctx: Koa.Context): Promise<{ user: User; name: string; mayOverrule: boolean }> {
  const user = await requireUser(hub, ctx)
  const name = String(ctx.params.name)
  if (!mayBuild(hub, user, name)) throw notForYou(ctx, user, say`This page is for the people who look after courses.`)
  requireBuild(hub, name)
  return { user, name, mayOverrule: mayBuild(hub, user, name, hub.courses.ofConfig) }
}

/** Returns whether the user is an admin, or staff of one of these courses that uses the image. */
function mayBuild(hub: Hub, user: User, name: string, courses: Readonly<Record<string, Course>> = hub.courses.all) {
  return isAdmin(hub, user) || coursesOfBuild(courses, name).some((course) => isStaff(hub, user, course))
}
