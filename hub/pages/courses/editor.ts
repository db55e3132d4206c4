import type Koa from 'koa'
import { requireUser, sessionHash } from '../../access/account.ts'
import type { Editor } from '../../courses/editors.ts'
import { holdSession } from '../../db/sessions.ts'
import type { Hub } from '../../hub.ts'

/** A person who changes a course on a page. */
export type PageEditor = Editor & { user: NonNullable<Editor['user']> }

/** Returns the person who asks for a page, when the hub knows the courses of the moment. */
export async function editorOf(hub: Hub, ctx: Koa.Context): Promise<PageEditor> {
  const user = await requireUser(hub, ctx)
  const session = sessionHash(ctx)
  await hub.courses.refresh()
  return { id: user.id, name: user.name, user, precondition: (trx) => holdSession(trx, session) }
}
