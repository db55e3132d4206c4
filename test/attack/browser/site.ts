/** Starts a real hub behind two real proxies, for attacks that need more than one of them. */
import { join } from 'node:path'
import type { ConfigInput } from '../../../config/config.ts'
import type { ProxyOptions } from '../../../proxy/options.ts'
import type { RunningProxy } from '../../../proxy/proxy.ts'
import type { Cleanup } from '../../helpers/cleanup.ts'
import {
  createHttpBrowser,
  type HttpBrowser,
  hubUrl,
  secrets,
  serversUrl,
  startTestHub,
  type TestHub,
} from '../../helpers/test-hub.ts'
import { type Answer, ask, keptCookies, startSite, temporaryFolder } from '../../proxy/world.ts'

export interface AttackSite {
  hub: TestHub
  proxies: [RunningProxy, RunningProxy]
  /** Returns a browser for the hub's pages, through the first proxy. */
  browser(): HttpBrowser
  /** Sends a request to the servers' host. */
  send(path: string, how?: Parameters<typeof ask>[2]): Promise<Answer>
  /** Posts a ticket as the launch page does. */
  enter(ticket: string, headers?: Record<string, string>, proxy?: RunningProxy): Promise<Answer>
  /** Makes a new user with a server and a seat at it. */
  seat(link?: string, browser?: HttpBrowser): Promise<Seated>
}

export interface Seated {
  browser: HttpBrowser
  ticket: string
  launch: string
  /** The cookie of the seat, as `name=value`. */
  cookie: string
  /** The server's path. */
  path: string
  /** The address to which the proxy sends the browser with the new seat. */
  location: string
}

export async function startAttackSite(
  cleanup: Cleanup,
  { config = {}, proxy = {} }: { config?: Partial<ConfigInput>; proxy?: Partial<ProxyOptions> } = {},
): Promise<AttackSite> {
  const socket = join(await temporaryFolder(cleanup), 'hub.sock')
  const endpoint = { url: `unix+http://${encodeURIComponent(socket)}` }
  const options = { token: secrets.proxyToken, keys: secrets.keys, ...proxy }
  const proxies: [RunningProxy, RunningProxy] = [
    await startSite(cleanup, endpoint, options),
    await startSite(cleanup, endpoint, options),
  ]
  const hub = await startTestHub({
    config: {
      hub: { url: hubUrl, socket, insecureHttp: true },
      proxies: proxies.map(({ apiUrl }) => ({ url: apiUrl })),
      ...config,
    },
  })
  cleanup.defer(() => hub.stop())
  const [{ urls }] = proxies
  const browser = () => createHttpBrowser(urls[0])

  const enter: AttackSite['enter'] = (ticket, headers = {}, at = proxies[0]) =>
    ask(at.urls[0], '/_carrel/seat', {
      method: 'POST',
      host: new URL(serversUrl).host,
      headers: { origin: hubUrl, 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: `ticket=${ticket}`,
    })

  return {
    hub,
    proxies,
    browser,
    enter,
    send: (path, how) => ask(urls[0], path, how),
    async seat(link = '/tmplogin?course=demo', who = browser()) {
      const { ticket, launch } = await who.enter(link)
      const { headers, body, status } = await enter(ticket)
      if (status !== 303) throw new Error(`no seat: ${status} ${body}`)
      const location = String(headers.location)
      const cookie = keptCookies(headers['set-cookie']).split(';')[0] ?? ''
      return { browser: who, ticket, launch, cookie, location, path: location.slice(0, location.indexOf('_carrel/')) }
    },
  }
}
