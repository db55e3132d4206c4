/** The pages with a user's earlier versions of notebooks. They need neither a server nor a home. */
import Router from '@koa/router'
import type Koa from 'koa'
import { requireUser } from '../../access/account.ts'
import { readBlob } from '../../db/content/blobs.ts'
import { findVersion, listVersions } from '../../db/content/versions.ts'
import { HttpError } from '../../errors.ts'
import { accountOf } from '../../homes/account.ts'
import { isFramed } from '../../http/request.ts'
import type { Hub } from '../../hub.ts'
import { allAncestors, ancestorsOf } from '../../site.ts'
import { sendVersionsPage } from '../../views/choices/versions.ts'

export function versionRoutes(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/versions/:course' })

  router.get('/', async (ctx) => {
    ctx.state.ancestors = allAncestors(hub)
    const { user, course, owner } = await requireOwner(ctx)
    const page = { user, course, ancestors: ancestorsOf(hub, course), framed: isFramed(ctx) }
    sendVersionsPage(ctx, { ...page, versions: await listVersions(hub.db, owner) })
  })

  router.get('/:number', async (ctx) => {
    const { owner } = await requireOwner(ctx)
    const number = /^[1-9]\d{0,8}$/.test(ctx.params.number ?? '') ? Number(ctx.params.number) : undefined
    const version = number === undefined ? undefined : await findVersion(hub.db, owner, number)
    const bytes = version && (await readBlob(hub.db, version.digest))
    if (version === undefined || bytes === undefined)
      throw new HttpError(404, 'no_version', 'You have no such earlier version.')
    // What a learner has written is never shown as a page of this host.
    ctx.set('Content-Security-Policy', "sandbox; default-src 'none'")
    ctx.set('X-Content-Type-Options', 'nosniff')
    ctx.attachment(version.path.split('/').at(-1) ?? 'notebook')
    ctx.type = 'application/octet-stream'
    ctx.body = bytes
  })

  async function requireOwner(ctx: Koa.Context) {
    const user = await requireUser(hub, ctx)
    const course = hub.courses.all[(ctx.params.course ?? '').toLowerCase()]
    if (course === undefined) throw new HttpError(404, 'unknown_course', 'There is no such course.')
    return { user, course, owner: { account: accountOf(user), course: course.id } }
  }

  return router
}
