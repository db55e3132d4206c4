import { isLearnerName } from '../../net/machine/account-names.ts'
import { type Said, say } from '../../words/text.ts'
import type { Home } from '../db/homes/homes.ts'
import { findUsersByName } from '../db/users.ts'
import type { Hub } from '../hub.ts'
import { fullName } from '../views/format.ts'

/**
 * Returns what pages for staff call the owners of homes. An account may be there no more, so only its name is known, or its
 * key. Neither is told of an LMS's learner.
 */
export async function ownersOf(hub: Hub, homes: Home[]): Promise<(home: Home) => Said> {
  const ofLearners = homes.filter((home) => isOfLearner(hub, home))
  const names = ofLearners.map(({ name }) => name)
  const users = names.length === 0 ? [] : await findUsersByName(hub.db, names)
  const learners = new Map(users.map((user) => [user.name, fullName(user)]))
  return (home) => {
    if (!ofLearners.includes(home)) return home.name === '' ? home.account : home.name
    return learners.get(home.name) ?? say`Learner without an account (${home.id.slice(0, 6)})`
  }
}

/** Returns whether a home is that of an LMS's learner. One whose way in is gone from the config may be. */
function isOfLearner({ config }: Hub, { name, account }: Home): boolean {
  if (name !== '') return isLearnerName(name)
  const [authenticator] = account.split(':')
  const way = config.authenticators.find((one) => one.name === authenticator)
  return way === undefined || way.kind === 'launch'
}
