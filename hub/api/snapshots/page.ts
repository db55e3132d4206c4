/** Hands the pages of snapshots to proxies, which show them at servers' hosts (docs/wire.md). */
import { gunzipSync } from 'node:zlib'
import Router from '@koa/router'
import type Koa from 'koa'
import { documentPolicy, notebookDocument } from '../../../notebooks/render/document.ts'
import { isSnapshotId } from '../../../seats/files/snapshots.ts'
import { languageWanted } from '../../../words/language.ts'
import { say, type Text } from '../../../words/text.ts'
import { findReadable, readSnapshot } from '../../db/content/snapshots.ts'
import { clientOf } from '../../http/client.ts'
import type { Hub } from '../../hub.ts'
import { areShown } from '../../snapshots/rights.ts'
import { only } from '../caller.ts'

/** Pages that are on their way at once, since each is in memory meanwhile. */
const atOnce = 32

export function snapshotPageApi(hub: Hub): Router {
  const router = new Router()
  const { misses, reads } = hub.snapshots

  router.get('/hub/api/snapshots/:id/page', only(hub, 'proxy'), async (ctx) => {
    const { id = '' } = ctx.params
    const client = clientOf(hub, ctx)
    const found = isSnapshotId(id) ? await findReadable(hub.db, id) : undefined
    if (found === undefined || !areShown(hub, found.course)) {
      const seconds = misses.take(client)
      return seconds > 0 ? tooMany(ctx, seconds) : tell(ctx, 404, gone)
    }
    const takesPacked = ctx.acceptsEncodings('gzip', 'identity') === 'gzip'
    const tag = `"${found.digest.slice(0, 32)}${takesPacked ? '-gzip' : ''}"`
    ctx.set('Content-Security-Policy', documentPolicy([], found.style))
    ctx.vary('Accept-Encoding')
    ctx.set('ETag', tag)
    if (isKnown(ctx, tag)) {
      ctx.status = 304
      return
    }
    const leave = reads.take([
      { name: 'all', most: atOnce },
      { name: `client ${client}`, most: atOnce / 2 },
    ])
    if (leave === undefined) return tooMany(ctx, 2)
    ctx.res.once('close', leave)
    // A client that has left before this does not close any more.
    if (ctx.req.socket.destroyed) return leave()
    const page = await readSnapshot(hub.db, id, found.digest)
    if (page === undefined) {
      ctx.remove('ETag')
      return tell(ctx, 404, gone)
    }
    ctx.type = 'html'
    if (takesPacked) ctx.set('Content-Encoding', 'gzip')
    ctx.body = takesPacked ? page : gunzipSync(page)
  })

  return router
}

function isKnown(ctx: Koa.Context, tag: string): boolean {
  return ctx
    .get('If-None-Match')
    .split(',')
    .some((one) => one.trim().replace(/^W\//, '') === tag)
}

interface Words {
  title: Text
  text: Text
}

const gone: Words = {
  title: say`This copy is not there`,
  text: say`It was deleted, its time is over, or it is not shared any more. If you have typed the address, look whether it is complete. Otherwise ask the one from whom you have the link.`,
}

function tooMany(ctx: Koa.Context, seconds: number): void {
  ctx.set('Retry-After', String(seconds))
  tell(ctx, 429, { title: say`Too many at once`, text: say`Wait ${seconds} s, then load this page again.` })
}

/** Answers with a few words, in the looks of the copies themselves. */
function tell(ctx: Koa.Context, status: number, { title, text }: Words): void {
  ctx.status = status
  ctx.set('Content-Security-Policy', documentPolicy([]))
  ctx.type = 'html'
  const language = languageWanted(ctx.get('Accept-Language')) ?? ctx.state.site?.language ?? 'en'
  const inside = `<h1>${title.in(language)}</h1>\n<p>${text.in(language)}</p>`
  ctx.body = notebookDocument({ title: title.plain(language), inside })
}
