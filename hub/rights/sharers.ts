import type { User } from '../db/users.ts'
import type { Hub } from '../hub.ts'

/**
 * Returns whether a user has an account of the kind that shares copies of notebooks. A temporary user has not: the copies would go with
 * the account within hours, and anyone on the internet could publish pages under the site's name. An LMS's link without a signature
 * makes accounts just as easily, so the site decides about its learners.
 */
export function isSharer({ config: { snapshots } }: Pick<Hub, 'config'>, { kind }: Pick<User, 'kind'>): boolean {
  return snapshots.enabled && (kind === 'person' || (kind === 'learner' && snapshots.learners))
}
