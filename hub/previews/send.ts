/** Sends the page of a notebook as what it is: a document that does nothing but show itself. */
import { gunzipSync } from 'node:zlib'
import type Koa from 'koa'
import { documentPolicy } from '../../notebooks/render/document.ts'
import { say } from '../../words/text.ts'
import { HttpError } from '../errors.ts'

/** Sends a page, packed by gzip, for frames in pages of its own origin and of these. Throws 404 where there is none. */
export function sendNotebookPage(
  ctx: Koa.Context,
  packed: Buffer | undefined,
  { ancestors }: { ancestors: readonly string[] },
): void {
  if (packed === undefined)
    throw new HttpError(404, 'nothing_to_read', say`This notebook cannot be shown before it is open. Wait a moment.`)
  ctx.set('Content-Security-Policy', documentPolicy(["'self'", ...ancestors]))
  ctx.type = 'html'
  ctx.vary('Accept-Encoding')
  const takesPacked = ctx.acceptsEncodings('gzip', 'identity') === 'gzip'
  if (takesPacked) ctx.set('Content-Encoding', 'gzip')
  ctx.body = takesPacked ? packed : gunzipSync(packed)
}
