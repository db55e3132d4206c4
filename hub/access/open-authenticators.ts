import type { Authenticator, PasswordAuthenticator } from '../../authenticators/authenticator.ts'
import { openStore } from '../db/accounts/entries.ts'
import { readClock } from '../db/clock.ts'
import type { Database } from '../db/dialect.ts'

/** Returns the authenticators as a hub uses them: those that keep something have got a store, each its own. */
export function openAuthenticators(authenticators: Authenticator[], db: Database): Authenticator[] {
  return authenticators.map((one) => {
    if (one.kind === 'password') return opened(one, db)
    if (one.kind !== 'temporary' || one.behind?.kind !== 'password' || one.behind.open === undefined) return one
    const { kind, name, label, behind } = one
    return { kind, name, label, behind: opened(behind, db), create: () => one.create() }
  })
}

function opened(one: PasswordAuthenticator, db: Database): PasswordAuthenticator {
  if (one.open === undefined) return one
  const result = one.open({ store: openStore(db, one.name), now: () => readClock(db) })
  if (result.name === one.name) return result
  throw new Error(`The authenticator "${one.name}" calls itself "${result.name}" when it is opened. Use one name.`)
}
