import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client'
import { AuthenticationError } from './authenticator.ts'
import { capitalised } from './names.ts'

/**
 * Returns a function for `.catch` that turns whatever fails while the provider is asked into an
 * `AuthenticationError`: a sentence for the person who signs in, which calls the provider by `name`, and a line for the
 * log without `secrets`. No answer of a provider is an error of the hub.
 */
export function explain(
  { name, issuer }: { name: string; issuer: URL },
  secrets: (string | null | undefined)[],
): (error: unknown) => never {
  return (error) => {
    const message = messageFor(error, name)
    // The error is not kept as the cause: it carries whole answers of the provider, tokens included.
    const detail = `${issuer.host}: ${lines(error).join(' < ')}`
    throw new AuthenticationError(capitalised(message), {
      detail: withoutSecrets(detail, secrets),
      beginAgain: mayBeginAgain(error),
    })
  }
}

const again = 'Please begin again.'
const hint = 'If it stays so, tell whoever runs this hub.'
const againOrTell = 'Please begin again. If it stays so, tell whoever runs this hub.'
const authenticationExpired = 'authentication_expired'

function messageFor(error: unknown, provider: string): string {
  const unclear = `${provider} answered in a way that this hub does not understand. ${againOrTell}`
  const away = `${provider} cannot be reached for signing in. Try again in a minute. ${hint}`
  if (error instanceof AuthorizationResponseError) {
    if (error.error === 'access_denied') return `${provider} did not let you in, or you did not agree there. ${again}`
    if (mayBeginAgain(error)) return `${provider} asks you to sign in there once more. ${againOrTell}`
    if (isAway(error.error)) return away
    return `${provider} refused this sign-in (${withoutOddities(error.error)}). ${againOrTell}`
  }
  if (error instanceof ResponseBodyError) {
    if (error.error === 'invalid_grant') return `This sign-in was used already, or it took too long. ${again}`
    if (isAway(error.error) || error.status >= 500) return away
    return `${provider} does not accept this hub as one of its clients. ${hint}`
  }
  if (error instanceof WWWAuthenticateChallengeError) {
    return `${provider} does not accept this hub as one of its clients. ${hint}`
  }
  if (error instanceof ClientError) {
    if (error.code !== undefined && awayCodes.has(error.code)) return away
    if (error.code === 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED') {
      return `The clocks of ${provider} and of this hub differ too much. Try again. ${hint}`
    }
    if (error.code === 'OAUTH_KEY_SELECTION_FAILED') {
      return `${provider} has signed its answer with a key that it does not show to this hub. ${againOrTell}`
    }
    if (error.code === 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED') {
      return `${provider} describes itself otherwise than this hub expects. ${hint}`
    }
    if (error.code !== undefined && foreignCodes.has(error.code)) {
      return `What came back from ${provider} does not belong to the sign-in that this browser began. ${againOrTell}`
    }
    return unclear
  }
  return isFailedConnection(error) ? away : unclear
}

/** Codes for no answer at all, or for the answer of a gateway in front of the provider. */
const awayCodes = new Set([
  'OAUTH_TIMEOUT',
  'OAUTH_ABORT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_PARSE_ERROR',
])

/** Codes for an answer with another state, nonce, client, issuer or signature than this sign-in's. */
const foreignCodes = new Set(['OAUTH_INVALID_RESPONSE', 'OAUTH_JWT_CLAIM_COMPARISON_FAILED'])

function isAway(error: string): boolean {
  return error === 'temporarily_unavailable' || error === 'server_error'
}

/** Returns whether `fetch` could not connect: it then rejects with a `TypeError` whose cause has the system's code. */
function isFailedConnection(error: unknown): boolean {
  return error instanceof TypeError && error.cause instanceof Error
}

function lines(error: unknown, depth = 0): string[] {
  if (!(error instanceof Error) || depth > 3) return []
  const facts = [textCodeOf(error), statusOf(error.cause)]
  if (error instanceof ResponseBodyError) facts.push(String(error.status), error.error, error.error_description)
  if (error instanceof AuthorizationResponseError) facts.push(error.error, error.error_description)
  const known = facts.filter((fact) => fact !== undefined).map(withoutOddities)
  return [[`${error.name}: ${error.message}`, ...known].join(', '), ...lines(error.cause, depth + 1)]
}

function textCodeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

function statusOf(cause: unknown): string | undefined {
  return cause instanceof Response ? `answered ${cause.status}` : undefined
}

/** Returns at most 200 printable characters of a text that the provider, or the author of a forged link, chose. */
function withoutOddities(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)
}

function withoutSecrets(text: string, secrets: (string | null | undefined)[]): string {
  return secrets.reduce<string>((left, secret) => (secret ? left.replaceAll(secret, '[secret]') : left), text)
}

/** What a provider answers when a person only needs to sign in there once more. */
const onceMore = new Set([
  'login_required',
  'interaction_required',
  'account_selection_required',
  authenticationExpired,
])

/** Returns whether the same sign-in may succeed when it begins again. Keycloak says it in the description only. */
function mayBeginAgain(error: unknown): boolean {
  if (!(error instanceof AuthorizationResponseError)) return false
  return onceMore.has(error.error) || error.error_description === authenticationExpired
}
