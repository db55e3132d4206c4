import { createReadStream } from 'node:fs'
import Router from '@koa/router'
import type Koa from 'koa'
import { createUnderWay } from '../../net/under-way.ts'
import { isDigest, type ShelvedFile } from '../bundles/shelf.ts'
import { findServer, type Server } from '../db/servers/servers.ts'
import { findUser } from '../db/users.ts'
import { HttpError, TooMany } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { madeOf } from '../made-of/made-of.ts'
import { notFound } from './caller.ts'
import { isServed } from './server-tokens.ts'

/** Files of bundles that are on their way at once, in all and to one run. */
export const bundlesAtOnce = { all: 8, run: 1 }

/** The slowest pace at which a run may fetch a file, so that none holds a place for ever. A cut one is resumed. */
const slowestPace = { seconds: 10, bytesPerSecond: 256 * 1024 }

/**
 * The call by which a run that starts fetches its bundles (docs/wire.md): with the token of its server, which is not ready
 * yet and so opens nothing else, and only what its own start names.
 */
export function bundlesApi(hub: Hub, slowest = slowestPace): Router {
  const router = new Router({ prefix: '/hub/api' })
  const underWay = createUnderWay()
  router.get('/bundles/:digest', async (ctx) => {
    const server = await startingServer(hub, ctx)
    const { digest = '' } = ctx.params
    const its = (await madeOf(hub, server))?.bundles
    if (!isDigest(digest) || !its?.some((bundle) => bundle.digest === digest)) throw notFound()
    const leave = underWay.take([
      { name: 'all', most: bundlesAtOnce.all },
      { name: server.id, most: bundlesAtOnce.run },
    ])
    if (leave === undefined) throw new TooMany(2, 'Too many files are on their way. Ask again in a moment.')
    ctx.res.once('close', leave)
    try {
      const file = await hub.bundles.archive(digest)
      // An answer that was closed before this did not tell.
      if (ctx.req.socket.destroyed) return leave()
      send(ctx, digest, file, slowest)
    } catch (error) {
      leave()
      throw error
    }
  })
  return router
}

/** Returns the starting server whose present run the request's token is of. The token was compared in constant time. */
async function startingServer(hub: Hub, ctx: Koa.Context): Promise<Server> {
  const { genuine } = ctx.state
  const server = genuine && (await findServer(hub.db, genuine.server))
  const isIts = server?.state === 'starting' && server.run === genuine?.run && server.kid === genuine.kid
  const user = server && isIts ? await findUser(hub.db, server.user) : undefined
  if (server === undefined || user === undefined || !isServed(user))
    throw new HttpError(403, 'forbidden', 'This takes the token of a server that is starting.')
  return server
}

/** Sends a file, or the part of it that is asked for. */
function send(ctx: Koa.Context, digest: string, { path, bytes }: ShelvedFile, slowest: typeof slowestPace): void {
  const tag = `"${digest}-${bytes}"`
  ctx.set('ETag', tag)
  ctx.set('Accept-Ranges', 'bytes')
  ctx.type = 'application/x-tar'
  const condition = ctx.get('If-Range')
  const range = condition === '' || condition === tag ? rangeOf(ctx.get('Range'), bytes) : undefined
  if (range === 'none') {
    ctx.set('Content-Range', `bytes */${bytes}`)
    throw new HttpError(416, 'no_such_range', `The file has ${bytes} bytes.`)
  }
  const { start, end } = range ?? { start: 0, end: bytes - 1 }
  ctx.status = range === undefined ? 200 : 206
  if (range !== undefined) ctx.set('Content-Range', `bytes ${start}-${end}/${bytes}`)
  ctx.length = end - start + 1
  // A request for the headers alone holds no file open.
  if (ctx.method === 'HEAD') return
  const stream = createReadStream(path, { start, end })
  ctx.body = stream
  // Koa forgets the length with a new body.
  ctx.length = end - start + 1
  const allowed = slowest.seconds + (end - start + 1) / slowest.bytesPerSecond
  const timer = setTimeout(() => ctx.req.socket.destroy(), allowed * 1000)
  timer.unref()
  // Koa closes it with the answer.
  stream.once('close', () => clearTimeout(timer))
}

/** Returns the one range that a header asks for; `none` for one beyond the end; undefined for all else, as HTTP wants. */
function rangeOf(header: string, bytes: number): { start: number; end: number } | 'none' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header) ?? []
  if (from === '' && to === '') return undefined
  if (from === '') return to === '0' ? 'none' : { start: Math.max(0, bytes - Number(to)), end: bytes - 1 }
  const [start, end] = [Number(from), to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1)]
  if (start >= bytes) return 'none'
  return start > end ? undefined : { start, end }
}
