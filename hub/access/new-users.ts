/** Accounts that an admin makes before their persons come. */
import { isLearnerName, isTemporaryName } from '../../net/machine/account-names.ts'
import { say } from '../../words/text.ts'
import { addEventOfEach } from '../db/events.ts'
import type { Precondition } from '../db/sessions.ts'
import { addAwaitedUsers, type User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'

/** The most accounts that one request makes. */
export const newUsersAtOnce = 10_000
/** The accounts that one statement makes: few enough that the hub's thread is busy with them for milliseconds only. */
const namesOfStatement = 2000

export interface NewUsers {
  names: string[]
  /** The authenticator that will identify them. It may be left out where only one identifies persons. */
  authenticator: string | undefined
  /** The admin who asks, or `operator` for commands on the hub's machine. */
  by: Pick<User, 'id'>
  /** Whether what the admin asks with is still good. */
  precondition: Precondition
}

/**
 * Makes an account for each name that has none yet, all in one transaction, and returns the new ones. Such an account
 * belongs to the first person whom its authenticator identifies by its name.
 */
export async function makeUsers(hub: Hub, { names, authenticator, by, precondition }: NewUsers): Promise<User[]> {
  const refused = names.filter((name) => !isNewName(name))
  if (refused.length > 0) {
    const shown = refused.slice(0, 5).map((name) => JSON.stringify(name.slice(0, 40)))
    const left = refused.length - shown.length
    throw new HttpError(
      400,
      'bad_names',
      left > 0
        ? say`These cannot be names of persons: ${shown.join(', ')}, and ${left} more. Nobody was added.`
        : say`These cannot be names of persons: ${shown.join(', ')}. Nobody was added.`,
    )
  }
  const awaited = awaitedAuthenticator(hub, authenticator)
  return hub.db.transaction(async (trx) => {
    if (!(await precondition(trx))) throw new HttpError(403, 'bad_token', say`Missing or invalid credentials.`)
    const made: User[] = []
    const all = [...new Set(names)]
    for (let from = 0; from < all.length; from += namesOfStatement) {
      const some = await addAwaitedUsers(trx, all.slice(from, from + namesOfStatement), awaited)
      const ids = some.map(({ id }) => id)
      await addEventOfEach(
        trx,
        ids.map((user) => ({ user })),
        { kind: 'user-made', detail: { by: by.id } },
      )
      made.push(...some)
    }
    return made
  })
}

/** Returns whether a person could sign in by this name, and could not be taken for a learner, a visitor or a group. */
function isNewName(name: string): boolean {
  const looksLikeOthers = isLearnerName(name) || isTemporaryName(name) || name.startsWith('group:')
  return name !== '' && name.trim() === name && name.length <= 128 && !looksLikeOthers && !/[\p{Cc}\p{Cs}]/u.test(name)
}

/**
 * Returns the name of the authenticator for new accounts. Only one may be it: otherwise a
 * person who has the same name at another provider could come first and take the account.
 */
function awaitedAuthenticator(hub: Hub, named: string | undefined): string {
  const [first, ...others] = hub.config.authenticators
    .filter(({ kind }) => kind !== 'temporary' && kind !== 'launch')
    .map(({ name }) => name)
  if (first === undefined) {
    throw new HttpError(
      400,
      'no_authenticator',
      say`Nobody could sign in: no authenticator of the config knows persons.`,
    )
  }
  if (named === undefined && others.length === 0) return first
  const all = [first, ...others]
  if (named !== undefined && all.includes(named)) return named
  throw new HttpError(
    400,
    'which_authenticator',
    say`Say in authenticator who identifies these persons. It is one of: ${all.join(', ')}.`,
  )
}
