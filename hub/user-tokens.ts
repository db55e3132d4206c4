import { isUserToken } from '../seats/explicit-token.ts'
import { type Token, useToken } from './db/tokens.ts'
import { findUser, type User } from './db/users.ts'
import type { Hub } from './hub.ts'

export interface Bearer {
  token: Token
  user: User
  /** How long the token has to live, in milliseconds. */
  left: number
}

/** Whose token this is, if it is one that counts now. A learner of an LMS holds none, whatever the table says. */
export async function bearerOf(hub: Hub, word: string): Promise<Bearer | undefined> {
  const used = isUserToken(word) ? await useToken(hub.db, word) : undefined
  const user = used && (await findUser(hub.db, used.token.user))
  return used && user && mayHaveTokens(user) ? { ...used, user } : undefined
}

export function mayHaveTokens(user: User): boolean {
  return user.state === 'active' && user.kind !== 'learner'
}
