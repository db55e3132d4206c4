import { isSameSecret } from '../net/same-secret.ts'
import { AuthenticationError, type PasswordAuthenticator } from './authenticator.ts'
import { typedName } from './names.ts'

/** A shorter password can be guessed by many clients at once, each of which may try a thousand times. */
const goodLength = 12

const shortPassword = `the shared password has fewer than ${goodLength} characters, and can be guessed. Take a longer one, for example four words.`

const badName =
  'The password is right, but this name cannot be used here. Choose one of up to 64 letters and digits; . _ - + and @ may stand inside.'

/** The part of `password({ shared })` that lets people in who know the one password. */
export function letInBy(shared: string): Pick<PasswordAuthenticator, 'namesAreChosen' | 'warnings' | 'authenticate'> {
  return {
    namesAreChosen: true,
    ...(shared.length < goodLength && { warnings: [shortPassword] }),
    async authenticate(username, given) {
      if (!isSameSecret(given.normalize('NFC'), shared.normalize('NFC'))) return undefined
      const chosen = typedName(username)
      if (chosen === undefined) throw new AuthenticationError(badName)
      return { subject: `chosen:${chosen}`, name: chosen }
    },
  }
}
