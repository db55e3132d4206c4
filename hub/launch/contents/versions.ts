/** The pages with a user's earlier versions of notebooks. They need neither a server nor a home. */

import Router from '@koa/router'
import type Koa from 'koa'
import { givesCopies } from '../../../courses/content/content.ts'
import type { Course } from '../../../courses/course.ts'
import { findCourse } from '../../../courses/find.ts'
import { createBuckets, type Pace } from '../../../net/bucket.ts'
import { forCount, say } from '../../../words/text.ts'
import { requireUser } from '../../access/account.ts'
import { readBlob } from '../../db/content/blobs.ts'
import { findNotebook, notebooksAmong } from '../../db/content/notebooks.ts'
import {
  countVersionsAt,
  findVersion,
  listVersions,
  removeVersion,
  removeVersionsAt,
} from '../../db/content/versions.ts'
import { forgetWish, listWishes } from '../../db/content/wishes.ts'
import { findServerOf } from '../../db/servers/servers.ts'
import type { User } from '../../db/users.ts'
import { HttpError, TooMany } from '../../errors.ts'
import { accountOf } from '../../homes/account.ts'
import { looking } from '../../http/limits.ts'
import { isFramed, queryOf, readForm, requireOwnPage } from '../../http/request.ts'
import type { Hub } from '../../hub.ts'
import { allAncestors, ancestorsOf } from '../../site.ts'
import { versionsLink } from '../../views/choices/choice.ts'
import { sendVersionPage } from '../../views/choices/version.ts'
import { sendVersionsPage } from '../../views/choices/versions.ts'
import { sendQuestionPage } from '../../views/question.ts'
import { replaceOrWait } from './replace-or-wait.ts'

/** How often a user may look at a version. Reading one takes a thread that all users share. */
const lookPace: Pace = { burst: 10, perSecond: 1 / 3 }
/** How often a user may ask that a notebook is replaced, or take that back. */
const askPace: Pace = { burst: 20, perSecond: 1 / 3 }

export function versionRoutes(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/versions/:course' })
  const ownPage = requireOwnPage(hub.hubUrl)
  const looks = createBuckets(lookPace)
  const asks = createBuckets(askPace)

  router.get('/', async (ctx) => {
    ctx.state.ancestors = allAncestors(hub)
    const { user, course, owner } = await requireOwner(ctx)
    const page = { user, course, ancestors: ancestorsOf(hub, course), framed: isFramed(ctx) }
    const versions = await listVersions(hub.db, owner)
    const listed = await listWishes(hub.db, owner)
    const wishes = listed.map((wish) => ({ ...wish, opens: findCourse(hub.courses.all, wish.slug) ?? course }))
    const paths = [...new Set([...versions, ...wishes].map(({ path }) => path))]
    const ofCourse = givesCopies(course) ? await notebooksAmong(hub.db, course.id, paths) : []
    sendVersionsPage(ctx, { ...page, wishes, versions, ofCourse })
  })

  router.get('/delete', async (ctx) => {
    ctx.state.ancestors = allAncestors(hub)
    const { user, course, owner } = await requireOwner(ctx)
    const path = single(queryOf(ctx).path)
    const versions = await countVersionsAt(hub.db, owner, path)
    if (versions === 0) throw noVersion()
    const page = versionsLink(course)
    sendQuestionPage(ctx, {
      ...{ user, ancestors: ancestorsOf(hub, course) },
      title: say`Delete all earlier versions of ${path}?`,
      says: [
        say`${forCount(versions, say`There is one.`, say`There are ${versions}.`)} They cannot be brought back. The notebook itself stays as it is.`,
      ],
      ...{ action: `${page}/delete`, fields: { path } },
      button: say`Delete them all`,
      keep: { href: page, text: say`Keep them` },
    })
  })

  router.post('/delete', ownPage, async (ctx) => {
    const { course, owner } = await requireOwner(ctx)
    const { path = '' } = await readForm(ctx)
    await removeVersionsAt(hub.db, owner, path)
    ctx.status = 303
    ctx.redirect(versionsLink(course))
  })

  router.get('/:number/look', async (ctx) => {
    ctx.state.ancestors = allAncestors(hub)
    const { user, course, version } = await requireVersion(ctx)
    const seconds = looks.take(user.id)
    if (seconds > 0) throw new TooMany(seconds, say`You look at many versions at once. Wait a moment, and try again.`)
    const shown = await looking(hub, user.id, async () => {
      const bytes = await readBlob(hub.db, version.digest)
      if (bytes === undefined) throw noVersion()
      return (await hub.notebookWork.ask('cells', { path: version.path, bytes })) ?? { problem: say`it is too large` }
    })
    const page = { user, course, ancestors: ancestorsOf(hub, course), framed: isFramed(ctx) }
    sendVersionPage(ctx, { ...page, version, shown })
  })

  router.get('/:number', async (ctx) => {
    const { version } = await requireVersion(ctx)
    const bytes = await readBlob(hub.db, version.digest)
    if (bytes === undefined) throw noVersion()
    // What a learner has written is never shown as a page of this host.
    ctx.set('Content-Security-Policy', "sandbox; default-src 'none'")
    ctx.set('X-Content-Type-Options', 'nosniff')
    ctx.attachment(version.path.split('/').at(-1) ?? 'notebook')
    ctx.type = 'application/octet-stream'
    ctx.body = bytes
  })

  router.get('/:number/delete', async (ctx) => {
    ctx.state.ancestors = allAncestors(hub)
    const { user, course, version } = await requireVersion(ctx)
    const page = versionsLink(course)
    sendQuestionPage(ctx, {
      ...{ user, ancestors: ancestorsOf(hub, course) },
      title: say`Delete an earlier version of ${version.path}?`,
      says: [say`It cannot be brought back. The notebook itself, and its other versions, stay as they are.`],
      action: `${page}/${version.number}/delete`,
      button: say`Delete this version`,
      keep: { href: page, text: say`Keep it` },
    })
  })

  router.post('/:number/delete', ownPage, async (ctx) => {
    const { course, owner, version } = await requireVersion(ctx)
    await removeVersion(hub.db, owner, version.number)
    ctx.status = 303
    ctx.redirect(versionsLink(course))
  })

  router.post('/:number/restore', ownPage, async (ctx) => {
    const { user, course, version } = await requireVersion(ctx)
    requirePace(user)
    const { path, number } = version
    const framed = isForFrame(course, await readForm(ctx))
    await replaceOrWait(hub, ctx, { user, course, path, version: number, framed })
  })

  router.post('/reset', ownPage, async (ctx) => {
    const { user, course } = await requireOwner(ctx)
    requirePace(user)
    const { path = '', ...form } = await readForm(ctx)
    if (!givesCopies(course) || (await findNotebook(hub.db, course.id, path)) === undefined)
      throw new HttpError(404, 'not_of_course', say`The course has no notebook of this name any more.`)
    await replaceOrWait(hub, ctx, { user, course, path, version: undefined, framed: isForFrame(course, form) })
  })

  router.post('/keep', ownPage, async (ctx) => {
    const { user, course, owner } = await requireOwner(ctx)
    requirePace(user)
    const { path = '', slug = '' } = await readForm(ctx)
    await forgetWish(hub.db, { ...owner, path, slug })
    ctx.status = 303
    ctx.redirect(versionsLink(course))
  })

  function requirePace({ id }: User): void {
    const seconds = asks.take(id)
    if (seconds > 0) throw new TooMany(seconds, say`You ask for many notebooks at once. Wait a moment, and try again.`)
  }

  function isForFrame(course: Course, { framed }: Record<string, string>): boolean {
    return framed === 'true' && ancestorsOf(hub, course).length > 0
  }

  async function requireVersion(ctx: Koa.Context) {
    const given = await requireOwner(ctx)
    const number = /^[1-9]\d{0,8}$/.test(ctx.params.number ?? '') ? Number(ctx.params.number) : undefined
    const version = number === undefined ? undefined : await findVersion(hub.db, given.owner, number)
    if (version === undefined) throw noVersion()
    return { ...given, version }
  }

  async function requireOwner(ctx: Koa.Context) {
    const user = await requireUser(hub, ctx)
    const course = findCourse(hub.courses.all, ctx.params.course ?? '')
    const owner = { account: accountOf(user), course: course?.id ?? '' }
    const isKnown = (await findServerOf(hub.db, user.id, course?.slug ?? '')) !== undefined
    // A course that has never been the user's is as one that is not there.
    if (course === undefined || !(isKnown || (await listVersions(hub.db, owner)).length > 0))
      throw new HttpError(404, 'unknown_course', say`There is no such course among yours.`)
    return { user, course, owner }
  }

  return router
}

function single(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value : ''
}

function noVersion(): HttpError {
  return new HttpError(404, 'no_version', say`You have no such earlier version.`)
}
