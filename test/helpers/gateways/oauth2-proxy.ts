/** A program that stands in for oauth2-proxy: who is signed in is a cookie, and the sign-in is one button a person. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface SignInProgram {
  port: number
  close(): Promise<void>
}

/** Starts it with the people who can sign in, and the groups of each. */
export async function startSignInProgram(people: Record<string, string>): Promise<SignInProgram> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://gateway')
    const person = /(?:^|; )_oauth2_proxy=(\w+)/.exec(request.headers.cookie ?? '')?.[1]
    const to = (location: string, cookie: string) =>
      response.writeHead(302, { location, 'set-cookie': `_oauth2_proxy=${cookie}; Path=/; Secure; HttpOnly` }).end()
    if (url.pathname === '/oauth2/auth') {
      if (person === undefined) return response.writeHead(401).end()
      return response
        .writeHead(202, {
          'x-auth-request-preferred-username': person,
          'x-auth-request-user': `id-of-${person}`,
          'x-auth-request-groups': people[person] ?? '',
        })
        .end()
    }
    if (url.pathname === '/oauth2/sign_out') return to('/oauth2/sign_in', '; Max-Age=0')
    if (url.pathname === '/oauth2/start')
      return to(url.searchParams.get('rd') ?? '/', url.searchParams.get('who') ?? '')
    // The page for all who are not signed in.
    const wanted = String(request.headers['x-auth-request-redirect'] ?? '/').replace(/^\/oauth2\/.*/, '/')
    const buttons = Object.keys(people).map((who) => `<button name="who" value="${who}">Come in as ${who}</button>`)
    response.writeHead(401, { 'content-type': 'text/html' })
    return response.end(
      `<!doctype html><form action="/oauth2/start"><input type="hidden" name="rd" value="${wanted.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}">${buttons.join('')}</form>`,
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
