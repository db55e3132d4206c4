/** The API of the strip about the notebook that it shows, and the versions that were kept of it (docs/wire.md). */

import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import { type Said, say } from '../../words/text.ts'
import { resetCopy, restoreVersion } from '../copies/reset.ts'
import { readBlob } from '../db/content/blobs.ts'
import { findVersion, listVersions, type OwnerOfVersions } from '../db/content/versions.ts'
import { HttpError } from '../errors.ts'
import { accountOf } from '../homes/account.ts'
import { looking } from '../http/limits.ts'
import { queryOf, readJson } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { refusalError, refusalOf } from '../rights/opening.ts'
import { deskCalling, requireDesk } from './caller.ts'
import { courseOfDesk } from './course.ts'
import { deedPace, deskPaced } from './pace.ts'
import { deskFile, readAs } from './questions.ts'

const about = z.strictObject({ path: deskFile })
const maybeAbout = z.strictObject({ path: deskFile.optional() })

export function deskNotebooksApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api/desk' })
  const owned = requireDesk(hub)
  const paced = deskPaced(deedPace)

  router.post('/reset', owned, paced, async (ctx) => {
    const { path } = readAs(about, await readJson(ctx))
    const { server, user } = deskCalling(ctx)
    const course = courseOfDesk(hub, ctx)
    const refusal = await refusalOf(hub, user, course)
    if (refusal !== undefined) throw refusalError(course, refusal)
    ctx.body = await resetCopy(hub, server, { course, path })
  })

  router.get('/versions', owned, paced, async (ctx) => {
    const { path } = readAs(maybeAbout, queryOf(ctx))
    const all = await listVersions(hub.db, ownerOf(ctx))
    const versions = all.filter((version) => path === undefined || version.path === path)
    ctx.body = {
      versions: versions.map(({ number, path, at, size }) => ({ number, path, at: new Date(at).toISOString(), size })),
    }
  })

  router.get('/versions/:number', owned, paced, async (ctx) => {
    const { version, bytes } = await keptVersion(ctx)
    ctx.attachment(version.path.split('/').at(-1) ?? 'notebook')
    ctx.type = 'application/octet-stream'
    ctx.body = bytes
  })

  router.get('/versions/:number/cells', owned, paced, async (ctx) => {
    const shown = await looking(hub, deskCalling(ctx).user.id, async () => {
      const { version, bytes } = await keptVersion(ctx)
      return hub.notebookWork.ask('cells', { path: version.path, bytes })
    })
    if (shown === undefined) throw notShown(say`it is too large`)
    if ('problem' in shown) throw notShown(shown.problem)
    ctx.body = shown
  })

  router.post('/versions/:number/restore', owned, paced, async (ctx) => {
    readAs(z.strictObject({}), await readJson(ctx))
    const { version } = await keptVersion(ctx)
    ctx.body = await restoreVersion(hub, deskCalling(ctx).server, {
      course: courseOfDesk(hub, ctx),
      number: version.number,
    })
  })

  /** Returns the version that the address names, of the caller and of this course. */
  async function keptVersion(ctx: Koa.Context) {
    const number = /^[1-9]\d{0,8}$/.test(ctx.params.number ?? '') ? Number(ctx.params.number) : undefined
    const version = number === undefined ? undefined : await findVersion(hub.db, ownerOf(ctx), number)
    const bytes = version && (await readBlob(hub.db, version.digest))
    if (version !== undefined && bytes !== undefined) return { version, bytes }
    throw new HttpError(404, 'no_version', say`You have no such earlier version of a notebook of this course.`)
  }

  function ownerOf(ctx: Koa.Context): OwnerOfVersions {
    return { account: accountOf(deskCalling(ctx).user), course: courseOfDesk(hub, ctx).id }
  }

  return router
}

function notShown(why: Said): HttpError {
  return new HttpError(409, 'not_shown', say`This version cannot be shown here: ${why}. Download it to look at it.`)
}
