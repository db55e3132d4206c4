import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import type { Course } from '../../courses/course.ts'
import { groupName, personName } from '../../courses/fields.ts'
import { type Said, say } from '../../words/text.ts'
import { requireUser } from '../access/account.ts'
import { mayShare, reviewGuestsIn, tellProxies } from '../access/guests.ts'
import { addEvent } from '../db/events.ts'
import { addShare, removeShare, type Share, sharesOf } from '../db/seats/shares.ts'
import { findServerOf, type Server } from '../db/servers/servers.ts'
import type { User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { countShare } from '../http/limits.ts'
import { readForm, requireOwnPage } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { shareName } from '../views/format.ts'
import { sendSharePage } from '../views/share.ts'
import { goBack, noticeOf } from './notices.ts'

const mostShares = 100

const shareForm = z.union([
  z.strictObject({ kind: z.literal('user'), name: z.string().trim().pipe(personName) }),
  z.strictObject({ kind: z.literal('group'), name: z.string().trim().pipe(groupName) }),
])

/** An owner's page about who else may open a server. Its answers never depend on who exists. */
export function shareRoutes(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/share/:course' })
  const ownPage = requireOwnPage(hub.hubUrl)

  router.get('/', async (ctx) => {
    const { user, course, server } = await requireShareable(hub, ctx)
    const shares = await sharesOf(hub.db, [server.id])
    sendSharePage(ctx, { user, course, shares, notice: await noticeOf(hub, ctx) })
  })

  router.post('/add', ownPage, async (ctx) => {
    const { user, course, server } = await requireShareable(hub, ctx)
    const fields = await readForm(ctx)
    const given = shareForm.safeParse(fields)
    const shares = await sharesOf(hub.db, [server.id])
    const message = given.success ? problemOf(given.data, user, shares) : malformed
    if (message !== undefined || !given.success) {
      const kind = fields.kind === 'group' ? 'group' : 'user'
      const problem = { message: message ?? malformed, name: (fields.name ?? '').slice(0, 128), kind } as const
      ctx.status = 400
      return sendSharePage(ctx, { user, course, shares, problem })
    }
    const { kind, name } = given.data
    countShare(hub, user)
    await hub.db.transaction(async (trx) => {
      if (await addShare(trx, { server: server.id, kind, name }))
        await addEvent(trx, { ...eventOf(server, kind, name), kind: 'shared' })
    })
    await goBack(hub, ctx, pageOf(course), { text: say`Shared with ${shareName(given.data)}.` })
  })

  router.post('/remove', ownPage, async (ctx) => {
    const { course, server } = await requireShareable(hub, ctx)
    const given = shareForm.safeParse(await readForm(ctx))
    if (!given.success) throw new HttpError(400, 'bad_share', say`Say whom: a user or a group, by name.`)
    const { kind, name } = given.data
    const moved = await hub.db.transaction(async (trx) => {
      if (await removeShare(trx, { server: server.id, kind, name }))
        await addEvent(trx, { ...eventOf(server, kind, name), kind: 'unshared' })
      return reviewGuestsIn(hub, trx, { server: server.id })
    })
    await tellProxies(hub, moved)
    await goBack(hub, ctx, pageOf(course), { text: say`Not shared with ${shareName(given.data)} any more.` })
  })

  return router
}

const malformed = say`This is no name of a person or a group. Groups are written in small letters, digits, dots, hyphens and underscores.`
const yourself = say`This is your own name. The notebook is yours anyway.`
const full = say`A notebook is shared with ${mostShares} at most. Remove some first, or share with a group.`

type Given = z.output<typeof shareForm>

/** Returns why this cannot be added to the shares of the user's server. */
function problemOf({ kind, name }: Given, user: User, shares: Share[]): Said | undefined {
  if (kind === 'user' && name === user.name) return yourself
  return shares.length >= mostShares ? full : undefined
}

async function requireShareable(hub: Hub, ctx: Koa.Context): Promise<{ user: User; course: Course; server: Server }> {
  const user = await requireUser(hub, ctx)
  const slug = String(ctx.params.course)
  const course = Object.hasOwn(hub.courses.all, slug) ? hub.courses.all[slug] : undefined
  const server = course && mayShare(hub, user, course) ? await findServerOf(hub.db, user.id, slug) : undefined
  if (course !== undefined && server !== undefined) return { user, course, server }
  throw new HttpError(404, 'not_shareable', say`You have no notebook here that can be shared.`, [
    { href: '/hub/home', text: say`Show my notebooks` },
  ])
}

function eventOf({ id, run, user, course }: Server, kind: Share['kind'], name: string) {
  return { user, course, server: id, run, detail: { kind, name } }
}

function pageOf({ slug }: Course): string {
  return `/hub/share/${slug}`
}
