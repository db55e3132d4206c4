import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { PasswordAuthenticator, RedirectAuthenticator, TemporaryAuthenticator } from './authenticator.ts'
import { authenticatorName, buttonLabel } from './names.ts'

/** Makes a random user for each browser; nothing of this user is kept afterwards. */
export function temporary(input: TemporaryOptions = {}): TemporaryAuthenticator {
  const { name, label, behind } = optionsSchema.parse(input)
  return {
    kind: 'temporary',
    name,
    label: label ?? behind?.label ?? 'Start without an account',
    ...(behind && { behind }),
    create() {
      const id = randomUUID()
      return { subject: id, name: id, displayName: 'Guest' }
    },
  }
}

const optionsSchema = z.strictObject({
  name: authenticatorName.default('temporary'),
  /** Text of the button. Default: the label of the authenticator in `behind`, or "Start without an account". */
  label: buttonLabel.optional(),
  /**
   * The authenticator that is a gate: a browser gets a temporary user only after it has let the person in. The
   * temporary user does not say which person that was, so a person who signs in again gets a new user.
   */
  behind: z
    .custom<PasswordAuthenticator | RedirectAuthenticator>(
      (value) =>
        typeof value === 'object' &&
        value !== null &&
        'kind' in value &&
        (value.kind === 'password' || value.kind === 'redirect'),
      'only an authenticator with a password or a redirect can be a gate, for example oidc({ … })',
    )
    .optional(),
})

export type TemporaryOptions = z.input<typeof optionsSchema>
