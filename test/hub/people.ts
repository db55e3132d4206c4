import type { Authenticator, PasswordAuthenticator } from '../../authenticators/authenticator.ts'
import { temporary } from '../../authenticators/temporary.ts'

/** Signs in any user name with the password `right`. */
export const people: PasswordAuthenticator = {
  kind: 'password',
  name: 'local',
  label: 'Sign in',
  authenticate: async (username, password) =>
    password === 'right' ? { subject: username, name: username } : undefined,
}

/** Returns authenticators for visitors without an account and for people with one. */
export const visitorsAndPeople = (): Authenticator[] => [temporary(), people]
