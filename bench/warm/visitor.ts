import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds from the click on. */
export interface Click {
  /** Until the hub has answered that the notebook is ready. */
  ready: number
  /** Until the first byte of the server's own page. */
  firstByte: number
  /** The server's path. */
  path: string
}

interface Entrance {
  action: string
  ticket: string
}

const patienceMilliseconds = 120_000

/**
 * Does what the browser of a new visitor does after a click on a link, without showing anything: the launch page, its POST, the
 * ticket, the seat, and the first byte of the notebook's page.
 */
export async function visit(link: string): Promise<Click> {
  const began = performance.now()
  const since = () => performance.now() - began
  const jars = new Map<string, Map<string, string>>()
  const go = async (address: URL, how: { method?: string; headers?: Record<string, string>; body?: string } = {}) => {
    const jar = jars.get(address.hostname) ?? new Map<string, string>()
    jars.set(address.hostname, jar)
    const { method = 'GET', headers = {}, body } = how
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const { port, pathname, search } = address
    const sent = request({
      ...{ host: '127.0.0.1', port, path: pathname + search, method, agent: false },
      headers: {
        ...{ host: address.host, ...navigation, ...(cookie && { cookie }), ...headers },
        ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
      },
    })
    sent.end(body)
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    const arrived = since()
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=;]+)=([^;]*)/.exec(line) ?? []
      jar.set(name, value)
    }
    let text = ''
    for await (const part of answer.setEncoding('utf8')) text += part
    return { status: answer.statusCode ?? 0, location: answer.headers.location, text, arrived }
  }

  const entranceOf = async (address: URL): Promise<Entrance> => {
    for (;;) {
      const { text } = await go(address)
      const [, action] = /<form method="post" action="([^"]+)" id="enter"/.exec(text) ?? []
      const [, ticket] = /name="ticket" value="([^"]+)"/.exec(text) ?? []
      if (action !== undefined && ticket !== undefined) return { action, ticket }
      if (since() > patienceMilliseconds) throw new Error('the notebook did not become ready')
      await sleep(20)
    }
  }

  const hub = new URL(link)
  await go(hub)
  jars.get(hub.hostname)?.set('carrel-first', randomBytes(32).toString('base64url'))
  const json = { 'content-type': 'application/json', accept: 'application/json', origin: hub.origin, ...script }
  const body = JSON.stringify({ link: hub.pathname + hub.search })
  const begun = await go(new URL('/hub/launches', hub), { method: 'POST', headers: json, body })
  if (begun.status !== 201) throw new Error(`the click was answered with ${begun.status}: ${begun.text}`)
  const { launch, entrance } = JSON.parse(begun.text) as { launch: string; entrance?: Entrance }
  const { action, ticket } = entrance ?? (await entranceOf(new URL(`/hub/launches/${launch}`, hub)))
  const ready = since()
  const seat = await go(new URL(action), {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      origin: hub.origin,
      'sec-fetch-site': 'cross-site',
    },
    body: new URLSearchParams({ ticket }).toString(),
  })
  const seated = new URL(seat.location ?? '', action)
  const own = { 'sec-fetch-site': 'same-origin', referer: seated.href }
  const onward = await go(seated, { headers: own })
  const [, landing = ''] = /href="(\/user\/[^"]+)"/.exec(onward.text) ?? []
  const notebook = await go(new URL(landing.replaceAll('&amp;', '&'), seated), { headers: own })
  if (notebook.status !== 200) throw new Error(`the notebook was answered with ${notebook.status}`)
  const [path = ''] = /^\/user\/[^/]+\/[^/]+\//.exec(seated.pathname) ?? []
  return { ready, firstByte: notebook.arrived, path }
}

const navigation = {
  accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-site': 'none',
}
const script = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', 'sec-fetch-site': 'same-origin' }
