/** API tokens in requests: where they may stand, and the form of a user's token. */
import { serverTokenPrefix } from './keys.ts'
import { queryTokens } from './spelling.ts'

export const userTokenPrefix = 'carrel-user-'

/** Says whether a text has the form of a user's token. Only the hub knows whether it is a valid one. */
export function isUserToken(text: string): boolean {
  return userToken.test(text)
}

const userToken = new RegExp(`^${userTokenPrefix}[A-Za-z0-9_-]{43}$`)

/** Returns the token in an `Authorization` value: empty where none follows the scheme; undefined for other schemes. */
export function bearerToken(authorization: string): string | undefined {
  const [whole, token = ''] = /^(?:token|bearer)(?:\s(.*))?$/is.exec(authorization.trim()) ?? []
  return whole === undefined ? undefined : token.trim()
}

/**
 * Returns every API token of a request to a server, each once: those of its headers, and those of the query of a
 * request for a WebSocket, where browsers let scripts set no header. A server's own token does not count, because pages
 * send it with every fetch.
 */
export function explicitTokens(authorizations: readonly string[], url: string, upgrade: boolean): string[] {
  const inHeaders = authorizations.flatMap((value) => bearerToken(value) ?? [])
  const inQuery = upgrade ? queryTokens(url).filter((token) => token !== '') : []
  return [...new Set([...inHeaders, ...inQuery])].filter((token) => !token.startsWith(serverTokenPrefix))
}
