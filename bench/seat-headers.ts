/** Makes routes with `access`, and requests of a browser that has a seat there. */
import { randomBytes } from 'node:crypto'
import { seatCookieName } from '../seats/cookie.ts'
import { fixedKeys, parseKeys } from '../seats/keys.ts'
import type { Access } from '../seats/route.ts'
import { runSecrets } from '../seats/run-secrets.ts'
import { mintSeat, seatMilliseconds } from '../seats/seat.ts'

export const hubUrl = 'http://hub.test'
export const serversUrl = 'http://nb.test'
export const keyText = `k1:${randomBytes(32).toString('base64url')}`

export function accessOf(server: string, user: string, changes: Partial<Access> = {}): Access {
  const label = server.padStart(8, '0')
  return {
    server,
    run: 1,
    kid: 'k1',
    label,
    user,
    guests: [],
    since: 0,
    ended: [],
    ancestors: [],
    cors: [],
    ...changes,
  }
}

const secretsOf = runSecrets(fixedKeys(parseKeys(keyText)))

/** Returns the headers that a browser sends with each request of a page in JupyterLab, with the cookie of this seat. */
export function pageHeaders(access: Access, seat: { id: string; user: string }, path: string): Record<string, string> {
  const secrets = secretsOf(access)
  if (secrets === undefined) throw new Error('the key is missing')
  const { server, run } = access
  const issued = Date.now()
  const whole = { ...seat, server, run, framed: false, issued, expires: issued + seatMilliseconds }
  const cookie = `${seatCookieName(access.label, { ownHost: false, secure: false })}=${mintSeat(secrets.seatKey, whole)}`
  return {
    Host: 'nb.test',
    'User-Agent':
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
    Accept: '*/*',
    'Accept-Language': 'en-GB,en;q=0.9',
    'Accept-Encoding': 'gzip, deflate, br',
    Referer: `${serversUrl}${path}lab/tree/welcome.ipynb`,
    'Content-Type': 'application/json',
    'X-XSRFToken': '2|7d1e4c0f|0a3f2a6a7c116d4d4b399d0f0a3f2a6a|1700000000',
    Cookie: `_xsrf=2|7d1e4c0f|0a3f2a6a7c116d4d4b399d0f0a3f2a6a|1700000000; username-nb-test="2|1:0|10:1700000000|16:username-nb-test|120:eyJ1c2VybmFtZSI6ICI1ZDFlNGMwZiJ9|7c116d4d4b39"; ${cookie}`,
    'Sec-Fetch-Site': 'same-origin',
    'Sec-Fetch-Mode': 'cors',
    'Sec-Fetch-Dest': 'empty',
  }
}

export function requestText(path: string, headers: Record<string, string>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `GET ${path}api/kernels/5d1e4c0f?1700000000000 HTTP/1.1\r\n${lines.join('')}\r\n`
}
