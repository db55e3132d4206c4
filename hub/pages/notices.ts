/**
 * Notices: what a page says of the button that led to it. The answer to the button redirects to the page with a signed
 * notice in the address, so that no link from outside can make a page say anything. A notice is for one session and
 * for a minute: a later reload, or a bookmark, says nothing any more.
 */

import type Koa from 'koa'
import { plainIn, type Said } from '../../words/text.ts'
import { sessionHash } from '../access/account.ts'
import { readCode, signCode } from '../access/codes.ts'
import { queryOf } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import type { Delivery } from '../proxies/clients.ts'
import type { Notice } from '../views/fragments.ts'
import { languageOf } from '../views/parts/language.ts'
import { unconfirmedText } from '../views/sign-out.ts'

/** Redirects to a page of the hub, which then says what was done, and which proxies did not confirm it. */
export async function goBack(
  hub: Hub,
  ctx: Koa.Context,
  address: string,
  { text, delivery }: { text: Said; delivery?: Delivery | undefined },
): Promise<void> {
  const problem = delivery && unconfirmedText(delivery)
  const notice = await signCode(hub, {
    for: 'notice',
    session: sessionHash(ctx),
    ...inLanguageOf(ctx, { text, problem }),
  })
  ctx.status = 303
  ctx.redirect(`${address}${address.includes('?') ? '&' : '?'}notice=${notice}`)
}

/** Returns the texts in the language of the page that leads on, since a code holds words. */
function inLanguageOf(ctx: Koa.Context, { text, problem }: { text: Said; problem: Said | undefined }) {
  const language = languageOf(ctx)
  return { text: plainIn(text, language), problem: problem && plainIn(problem, language) }
}

/** Returns the notice in the address of this request, if it is for this session. */
export async function noticeOf(hub: Hub, ctx: Koa.Context): Promise<Notice | undefined> {
  const { notice } = queryOf(ctx)
  if (typeof notice !== 'string') return undefined
  const found = await readCode(hub, 'notice', notice)
  return found?.session === sessionHash(ctx) ? found : undefined
}
