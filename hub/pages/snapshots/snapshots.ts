/** The pages of shared copies: a user's own, and for staff and admins those of a course. */

import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import type { Course } from '../../../courses/course.ts'
import { findCourse } from '../../../courses/find.ts'
import { say } from '../../../words/text.ts'
import { requireUser } from '../../access/account.ts'
import { notForYou } from '../../access/sign-in-first.ts'
import { countSnapshots, findSnapshot, listSnapshots, type Snapshot } from '../../db/content/snapshots.ts'
import type { User } from '../../db/users.ts'
import { HttpError } from '../../errors.ts'
import { queryOf, requireOwnPage } from '../../http/request.ts'
import type { Hub } from '../../hub.ts'
import { allAncestors } from '../../site.ts'
import { ownersOfCopies } from '../../snapshots/owners.ts'
import { looksAfter } from '../../snapshots/rights.ts'
import { copyAddress } from '../../snapshots/share.ts'
import { unshareCopy } from '../../snapshots/unshare.ts'
import { titleOf } from '../../views/format.ts'
import { sendDeleteSnapshotPage, sendSnapshotsPage, snapshotsLink } from '../../views/snapshots/list.ts'
import { goBack, noticeOf } from '../notices.ts'

const pageSize = 50
const viewQuery = z.object({ page: z.coerce.number().int().min(1).max(10_000).catch(1).default(1) })

interface Viewer {
  user: User
  /** The course that its staff look at; undefined for the user's own copies. */
  course: Course | undefined
}

export function snapshotPages(hub: Hub): Router {
  const router = new Router()
  const ownPage = requireOwnPage(hub.hubUrl)

  for (const address of ['/hub/snapshots', '/hub/course/:course/snapshots']) {
    router.get(address, async (ctx) => {
      const { user, course } = await viewerOf(ctx)
      const whose = course === undefined ? { user: user.id } : { course: course.id }
      const pages = Math.max(1, Math.ceil((await countSnapshots(hub.db, whose)) / pageSize))
      const page = Math.min(pages, viewQuery.parse(queryOf(ctx)).page)
      const copies = await listSnapshots(hub.db, whose, { offset: (page - 1) * pageSize, limit: pageSize })
      const owners = await ownersOfCopies(hub, user, copies)
      sendSnapshotsPage(ctx, {
        ...{ user, course, copies, page, pages, notice: await noticeOf(hub, ctx), ancestors: allAncestors(hub) },
        urlOf: (copy) => copyAddress(hub, copy),
        courseOf,
        ownerOf: (copy) => owners.get(copy.user) ?? '',
      })
    })

    router.get(`${address}/:id/delete`, async (ctx) => {
      const { user, course } = await viewerOf(ctx)
      const copy = await requireCopy(ctx, { user, course })
      const owner = (await ownersOfCopies(hub, user, [copy])).get(copy.user) ?? ''
      sendDeleteSnapshotPage(ctx, { user, course, copy, owner, ancestors: allAncestors(hub) })
    })

    router.post(`${address}/:id/delete`, ownPage, async (ctx) => {
      const { user, course } = await viewerOf(ctx)
      const copy = await requireCopy(ctx, { user, course })
      await unshareCopy(hub, copy, user.id)
      await goBack(hub, ctx, snapshotsLink(course), { text: say`The copy of ${copy.title} is deleted.` })
    })
  }

  return router

  async function viewerOf(ctx: Koa.Context): Promise<Viewer> {
    ctx.state.ancestors = allAncestors(hub)
    const user = await requireUser(hub, ctx)
    const { course: name } = ctx.params
    if (name === undefined) return { user, course: undefined }
    const course = findCourse(hub.courses.all, name)
    if (course !== undefined && looksAfter(hub, user, course.id)) return { user, course }
    throw notForYou(ctx, user, say`Shared copies of a course are for the people who look after the course.`)
  }

  /** Returns the copy that the address names: the user's own, or one of the course. */
  async function requireCopy(ctx: Koa.Context, { user, course }: Viewer): Promise<Snapshot> {
    const copy = await findSnapshot(hub.db, String(ctx.params.id))
    const isHere = course === undefined ? copy?.user === user.id : copy?.course === course.id
    if (copy !== undefined && isHere) return copy
    throw new HttpError(404, 'no_copy', say`There is no such copy any more.`, [
      { href: snapshotsLink(course), text: say`Show the shared copies` },
    ])
  }

  function courseOf({ course }: Snapshot): string {
    const found = Object.values(hub.courses.all).find(({ id, variantOf }) => id === course && variantOf === undefined)
    return found === undefined ? course : titleOf(found)
  }
}
