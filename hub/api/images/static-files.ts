import { createReadStream } from 'node:fs'
import Router from '@koa/router'
import { createUnderWay } from '../../../net/under-way.ts'
import { isStaticDigest } from '../../../seats/files/static-files.ts'
import { areStaticFiles } from '../../db/images/static-files.ts'
import { TooMany } from '../../errors.ts'
import type { Hub } from '../../hub.ts'
import { notFound, only } from '../caller.ts'

/** Archives that are on their way to proxies at once. */
const atOnce = 8

/** The call by which a proxy fetches the static files of an image, once (docs/wire.md). Of no other bundle it gets anything. */
export function staticFilesApi(hub: Hub): Router {
  const router = new Router()
  const underWay = createUnderWay()
  router.get('/hub/api/static-files/:digest', only(hub, 'proxy'), async (ctx) => {
    const { digest = '' } = ctx.params
    if (!isStaticDigest(digest) || !(await areStaticFiles(hub.db, digest))) throw notFound()
    const leave = underWay.take([{ name: 'all', most: atOnce }])
    if (leave === undefined) throw new TooMany(2, 'Too many files are on their way. Ask again in a moment.')
    ctx.res.once('close', leave)
    try {
      const { path, bytes } = await hub.bundles.archive(digest)
      // An answer that was closed before this did not tell.
      if (ctx.req.socket.destroyed) return leave()
      ctx.type = 'application/x-tar'
      ctx.body = createReadStream(path)
      ctx.length = bytes
    } catch (error) {
      leave()
      throw error
    }
  })
  return router
}
