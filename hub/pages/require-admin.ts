import type Koa from 'koa'
import { say } from '../../words/text.ts'
import { requireUser } from '../access/account.ts'
import { notForYou } from '../access/sign-in-first.ts'
import type { User } from '../db/users.ts'
import type { Hub } from '../hub.ts'
import { isAdmin } from '../rights/roles.ts'

/** Returns the admin of this browser's session; throws for all others. */
export async function requireAdmin(hub: Hub, ctx: Koa.Context): Promise<User> {
  const user = await requireUser(hub, ctx)
  if (isAdmin(hub, user)) return user
  throw notForYou(ctx, user, say`These pages are for the people who run this site.`)
}
