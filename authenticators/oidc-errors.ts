import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client'
import { AuthenticationError } from './authenticator.ts'

/**
 * Returns a function for `.catch` that turns an error of openid-client, or a failed connection, into an
 * `AuthenticationError`: a sentence for the person who signs in, and a line for the log without `secrets`. Any other
 * error is a bug and is thrown on.
 */
export function explain(issuer: URL, secrets: (string | null | undefined)[]): (error: unknown) => never {
  return (error) => {
    const message = messageFor(error, issuer.host)
    if (message === undefined) throw error
    // The error is not kept as the cause: it carries whole answers of the provider, tokens included.
    throw new AuthenticationError(message, { detail: withoutSecrets(lines(error).join(' < '), secrets) })
  }
}

const again = 'Please begin again.'
const hint = 'If it stays so, tell whoever runs this hub.'

function messageFor(error: unknown, provider: string): string | undefined {
  const away = `${provider} cannot be reached for signing in. Try again in a minute. ${hint}`
  if (error instanceof AuthorizationResponseError) {
    if (error.error === 'access_denied') return `${provider} did not let you in, or you did not agree there. ${again}`
    if (isAway(error.error)) return away
    return `${provider} refused this sign-in (${withoutOddities(error.error)}). ${again} ${hint}`
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
    if (error.code === 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED') {
      return `${provider} describes itself otherwise than this hub expects. ${hint}`
    }
    return `What came back from ${provider} does not belong to the sign-in that this browser began. ${again} ${hint}`
  }
  return isFailedConnection(error) ? away : undefined
}

/** Codes for no answer at all, or for the answer of a gateway in front of the provider. */
const awayCodes = new Set([
  'OAUTH_TIMEOUT',
  'OAUTH_ABORT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_PARSE_ERROR',
])

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
