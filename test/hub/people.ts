import type { Authenticator, PasswordAuthenticator } from '../../authenticators/authenticator.ts'
import { temporary } from '../../authenticators/temporary.ts'

/** Everybody's password is `right`. */
export const people: PasswordAuthenticator = {
  kind: 'password',
  name: 'local',
  label: 'Sign in',
  authenticate: async (username, password) =>
    password === 'right' ? { subject: username, name: username } : undefined,
}

/** Visitors without an account, and people with one. */
export const visitorsAndPeople = (): Authenticator[] => [temporary(), people]
