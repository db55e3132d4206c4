/** API tokens as requests show them: where they may stand, and what a user's own looks like. */
import { serverTokenPrefix } from './keys.ts'
import { queryTokens } from './spelling.ts'

export const userTokenPrefix = 'carrel-user-'

/** Whether it has the form of a user's token. Only the hub knows whether it is one. */
export function isUserToken(text: string): boolean {
  return userToken.test(text)
}

const userToken = new RegExp(`^${userTokenPrefix}[A-Za-z0-9_-]{43}$`)

/** The token in the value of an `Authorization` header, empty where none follows the word; other schemes: undefined. */
export function bearerToken(authorization: string): string | undefined {
  const [whole, token = ''] = /^(?:token|bearer)(?:\s(.*))?$/is.exec(authorization.trim()) ?? []
  return whole === undefined ? undefined : token.trim()
}

/**
 * Every API token of a request to a server, each once: of its headers, and of the query where it asks for a WebSocket,
 * since browsers let scripts set no header there. A server's own token is none: pages send it with every fetch.
 */
export function explicitTokens(authorizations: readonly string[], url: string, upgrade: boolean): string[] {
  const inHeaders = authorizations.flatMap((value) => bearerToken(value) ?? [])
  const inQuery = upgrade ? queryTokens(url).filter((token) => token !== '') : []
  return [...new Set([...inHeaders, ...inQuery])].filter((token) => !token.startsWith(serverTokenPrefix))
}
