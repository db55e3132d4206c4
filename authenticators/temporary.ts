import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { PasswordAuthenticator, RedirectAuthenticator, TemporaryAuthenticator } from './authenticator.ts'
import { authenticatorName, buttonLabel } from './names.ts'

/** Anybody is somebody: a random user per browser, who leaves nothing behind. */
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
  /** Default: the label of the authenticator in front, or "Start without an account". */
  label: buttonLabel.optional(),
  /**
   * A gate: only whom this authenticator knows gets a temporary user. Who that was is not part of the user: the same
   * person signing in again is somebody new.
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
