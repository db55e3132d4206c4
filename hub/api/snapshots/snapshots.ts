/** The REST API of snapshots: for the users whose they are, for staff of their courses, and for admins (docs/wire.md). */
import Router from '@koa/router'
import { z } from 'zod'
import type { Course } from '../../../courses/course.ts'
import { findCourse } from '../../../courses/find.ts'
import type { Said } from '../../../words/text.ts'
import { findSnapshot, listSnapshots, type Snapshot } from '../../db/content/snapshots.ts'
import { findServerOf } from '../../db/servers/servers.ts'
import { holdToken } from '../../db/tokens.ts'
import { HttpError } from '../../errors.ts'
import { queryOf, readJson } from '../../http/request.ts'
import type { Hub } from '../../hub.ts'
import { ownersOfCopies } from '../../snapshots/owners.ts'
import { looksAfter, mayRemove } from '../../snapshots/rights.ts'
import { copyAddress, shareCopy } from '../../snapshots/share.ts'
import { unshareCopy } from '../../snapshots/unshare.ts'
import { notFound, only, userCalling } from '../caller.ts'

const order = z.strictObject({
  course: z.string().min(1).max(63),
  path: z.string().min(1).max(1000),
  days: z.int().min(1).optional(),
})
const listing = z.strictObject({
  course: z.string().max(63).optional(),
  offset: z.coerce.number().int().min(0).default(0),
})

const mostListed = 100

export function snapshotsApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api/snapshots' })

  router.get('/', only(hub, 'user'), async (ctx) => {
    const { course: name, offset } = readAs(listing, queryOf(ctx))
    const { user } = userCalling(ctx)
    const course = name === undefined ? undefined : courseCalled(hub, name)
    if (name !== undefined && (course === undefined || !looksAfter(hub, user, course.id))) throw notFound()
    const whose = course === undefined ? { user: user.id } : { course: course.id }
    const copies = await listSnapshots(hub.db, whose, { offset, limit: mostListed })
    const owners = await ownersOfCopies(hub, user, copies)
    ctx.body = { copies: copies.map((copy) => present(copy, owners.get(copy.user))) }
  })

  router.post('/', only(hub, 'user'), async (ctx) => {
    const { course: name, path, days } = readAs(order, await readJson(ctx))
    const { user, token } = userCalling(ctx)
    const course = courseCalled(hub, name)
    const server = course && (await findServerOf(hub.db, user.id, course.slug))
    if (course === undefined || server === undefined) throw notFound()
    const precondition = (trx: Parameters<typeof holdToken>[0]) => holdToken(trx, token.id)
    const copy = await shareCopy(hub, server, { user, course, paths: [path], days, precondition })
    ctx.status = 201
    ctx.body = present(copy, user.name)
  })

  router.delete('/:id', only(hub, 'user'), async (ctx) => {
    const copy = await findSnapshot(hub.db, String(ctx.params.id))
    const { user } = userCalling(ctx)
    if (copy === undefined || !mayRemove(hub, user, copy)) throw notFound()
    await unshareCopy(hub, copy, user.id)
    ctx.status = 204
  })

  return router

  function present(copy: Snapshot, owner: Said | undefined) {
    const { id, course, path, title, size, made, expires } = copy
    return {
      ...{ id, url: copyAddress(hub, copy), user: owner ?? null, course, path, title, size },
      made: new Date(made).toISOString(),
      until: new Date(expires).toISOString(),
    }
  }
}

function courseCalled(hub: Hub, name: string): Course | undefined {
  return findCourse(hub.courses.all, name)
}

function readAs<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const { success, data, error } = schema.safeParse(value)
  if (success) return data
  throw new HttpError(400, 'bad_request', z.prettifyError(error))
}
