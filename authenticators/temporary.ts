import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { readSettings } from '../net/settings/read.ts'
import type { PersonAuthenticator, TemporaryAuthenticator } from './authenticator.ts'
import { authenticatorName, buttonLabel } from './names.ts'

/** Makes a random user for each browser; nothing of this user is kept afterwards. */
export function temporary(input: TemporaryOptions = {}): TemporaryAuthenticator {
  const { settings, refusal } = readSettings(optionsSchema, input)
  if (refusal !== undefined) return refused(input, refusal)
  const { name, behind } = settings
  const label = settings.label ?? behind?.label ?? 'Start without an account'
  return {
    kind: 'temporary',
    name,
    label,
    ...(behind && { behind }),
    settings: () => ({ given: input, effective: { name, label } }),
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
    .custom<PersonAuthenticator>(
      (value) =>
        typeof value === 'object' &&
        value !== null &&
        'kind' in value &&
        ['password', 'redirect', 'header'].includes(String(value.kind)),
      'only an authenticator of persons can be a gate, for example oidc({ … })',
    )
    .optional(),
})

export type TemporaryOptions = z.input<typeof optionsSchema>

/** Returns what lets nobody in. The gate stays visible, since its own options may be wrong too. */
function refused(input: TemporaryOptions, refusal: Error): TemporaryAuthenticator {
  const behind = optionsSchema.shape.behind.safeParse(input?.behind).data
  return {
    kind: 'temporary',
    name: 'temporary',
    label: '',
    refusal,
    ...(behind && { behind }),
    create() {
      throw refusal
    },
  }
}
