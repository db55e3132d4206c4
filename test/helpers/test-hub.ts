/** Starts a real hub with a temporary folder, a fake proxy and a fake spawner, and keeps its log. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import knex, { type Knex } from 'knex'
import { pino } from 'pino'
import { lms } from '../../authenticators/lms.ts'
import { temporary } from '../../authenticators/temporary.ts'
import { boundedLines } from '../../bin/logging.ts'
import { type Config, type ConfigInput, configSchema } from '../../config/config.ts'
import type { Git } from '../../git/git.ts'
import { openBeside } from '../../hub/db/database.ts'
import type { Secrets } from '../../hub/hub.ts'
import { type RunningHub, startHub } from '../../hub/start.ts'
import { fixedKeys, parseKeys } from '../../seats/keys.ts'
import { openLink } from '../../seats/links.ts'
import { writeMigratedSqlite } from './engines/migrated.ts'
import { type FakeProxy, startFakeProxy } from './fake-proxy.ts'
import { createFakeServers, type FakeServers, quickSpawner } from './fake-spawners.ts'

export const hubUrl = 'http://hub.test'
export const serversUrl = 'http://nb.test'
export const lmsUrl = 'https://lms.example.org'

export const secrets: Secrets = {
  keys: fixedKeys(parseKeys(`k1:${Buffer.alloc(32, 7).toString('base64url')}`)),
  proxyToken: 'proxy-token-of-the-tests-0123456789abc',
  cullerToken: 'culler-token-of-the-tests-0123456789ab',
}

export interface TestHubOptions {
  /** The URL of the database, as in the config. Default: a SQLite file in the hub's own folder. */
  database?: string
  /** The world of the fake spawner. Default: a new one, with the quick spawner. */
  world?: FakeServers
  proxy?: FakeProxy
  config?: Partial<ConfigInput>
  /** The picture of the site, which the loader reads for other hubs. */
  logo?: NonNullable<Config['logo']>
  secrets?: Secrets
  /** The git of builds. Default: the system's. */
  git?: Git
}

export interface TestHub extends RunningHub {
  world: FakeServers
  proxy: FakeProxy
  /** Log lines, as JSON. */
  log: string[]
  databaseUrl: string
  dataDir: string
  db: Knex
  browser(): HttpBrowser
  stop(): Promise<void>
}

export async function startTestHub(options: TestHubOptions = {}): Promise<TestHub> {
  const dir = await mkdtemp(join(tmpdir(), 'carrel-hub-'))
  const world = options.world ?? createFakeServers()
  const proxy = options.proxy ?? (await startFakeProxy(secrets.proxyToken))
  const ownFile = join(dir, 'carrel.sqlite')
  const databaseUrl = options.database ?? `sqlite:${ownFile}`
  const log: string[] = []
  const clean = async () => {
    if (options.world === undefined) await world.close()
    if (options.proxy === undefined) await proxy.stop()
    await rm(dir, { recursive: true, force: true })
  }
  try {
    if (options.database === undefined) await writeMigratedSqlite(ownFile)
    const hub = await startHub({
      config: {
        ...testConfig({ database: databaseUrl, proxies: [{ url: proxy.url }] }, world, options.config),
        ...(options.logo && { logo: options.logo }),
      },
      secrets: options.secrets ?? secrets,
      dataDir: dir,
      ...(options.git && { git: options.git }),
      log: pino({ level: 'debug', ...boundedLines }, { write: (line: string) => void log.push(line) }),
    })
    const db = lookInto(databaseUrl)
    const stop = async () => {
      await db.destroy()
      await hub.stop()
      await clean()
    }
    return {
      ...hub,
      world,
      proxy,
      log,
      databaseUrl,
      dataDir: dir,
      db,
      browser: () => createHttpBrowser(hub.address),
      stop,
    }
  } catch (error) {
    await clean()
    throw error
  }
}

/** Returns a config with four courses for temporary users. One of them, Python, is for learners of an LMS too. */
export function testConfig(wiring: Partial<ConfigInput>, world = createFakeServers(), more: Partial<ConfigInput> = {}) {
  return configSchema.parse({
    hub: { url: hubUrl, port: 0, insecureHttp: true },
    servers: { url: serversUrl },
    spawner: quickSpawner(world),
    authenticators: [temporary(), lms({ issuer: 'edx', courses: ['Python'], pages: [lmsUrl], signed: false })],
    courses: {
      demo: { image: 'demo', start: 'welcome.ipynb' },
      Python: { image: 'python', title: 'Python for all', embed: { ancestors: [lmsUrl] }, linkable: ['lab', 'tree'] },
      third: { image: 'third', landing: 'notebook' },
      fourth: { image: 'fourth' },
    },
    ...wiring,
    ...more,
  })
}

/** Opens the hub's database by another connection, to read its tables and to change times in them. */
export function lookInto(url: string): Knex {
  return url.startsWith('sqlite:') ? openBeside(url) : knex({ client: 'pg', connection: url, pool: { min: 0, max: 2 } })
}

export async function countRows(db: Knex, ...tables: string[]): Promise<Record<string, number>> {
  const counted = await Promise.all(
    tables.map(async (table) => {
      const [row] = await db(table).count({ count: '*' })
      return [table, Number(row?.count)] as const
    }),
  )
  return Object.fromEntries(counted)
}

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
  /** `Set-Cookie` lines. */
  cookies: string[]
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects there, it asserts
  json(): any
}

export interface BrowserRequest {
  method?: string
  headers?: Record<string, string>
  body?: string
}

/** Behaves like a browser: keeps cookies and sends Sec-Fetch headers. Unlike one, it follows no redirect. */
export interface HttpBrowser {
  jar: Map<string, string>
  fetch(path: string, request?: BrowserRequest): Promise<Answer>
  /** Requests a page as a browser does for a typed address. */
  navigate(path: string, headers?: Record<string, string>): Promise<Answer>
  /** Sends a request as a script of a page of the hub does. */
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  /** Sends a form of a page of the hub. */
  submit(path: string, fields?: Record<string, string>, headers?: Record<string, string>): Promise<Answer>
  /** Does what the launch page's script does until there is a launch. Returns its id. */
  open(link: string, how?: OpenOptions): Promise<string>
  /** Follows a launch to its end. Returns the last event. */
  follow(launch: string): Promise<{ state: string; message: string; reference?: string; told?: string }>
  /** Opens a launch, follows it to its end, and gets a ticket. */
  enter(link: string, how?: OpenOptions): Promise<{ launch: string; ticket: string }>
  setNonce(): void
}

export interface OpenOptions {
  framed?: boolean
  referer?: string
  storage?: boolean
}

export function createHttpBrowser(address: string): HttpBrowser {
  const jar = new Map<string, string>()

  const browser: HttpBrowser = {
    jar,
    async fetch(path, { method = 'GET', headers = {}, body } = {}) {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const response = await rawFetch(address, path, method, { ...(cookie && { cookie }), ...headers }, body)
      for (const line of response.cookies) keep(jar, line)
      return response
    },
    navigate: (path, headers = {}) =>
      browser.fetch(path, {
        headers: {
          accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
          'sec-fetch-mode': 'navigate',
          'sec-fetch-dest': 'document',
          'sec-fetch-site': 'none',
          ...headers,
        },
      }),
    post: (path, body = {}, headers = {}) =>
      browser.fetch(path, {
        method: 'POST',
        headers: {
          accept: 'application/json',
          'content-type': 'application/json',
          origin: hubUrl,
          'sec-fetch-mode': 'cors',
          'sec-fetch-dest': 'empty',
          'sec-fetch-site': 'same-origin',
          ...headers,
        },
        body: JSON.stringify(body),
      }),
    submit: (path, fields = {}, headers = {}) =>
      browser.fetch(path, {
        method: 'POST',
        headers: {
          accept: 'text/html',
          'content-type': 'application/x-www-form-urlencoded',
          origin: hubUrl,
          'sec-fetch-mode': 'navigate',
          'sec-fetch-dest': 'document',
          'sec-fetch-site': 'same-origin',
          ...headers,
        },
        body: new URLSearchParams(fields).toString(),
      }),
    setNonce() {
      jar.set('carrel-first', randomBytes(32).toString('base64url'))
    },
    async open(link, { framed = false, referer, storage = true } = {}) {
      const page = await browser.navigate(link, {
        'sec-fetch-dest': framed ? 'iframe' : 'document',
        ...(referer !== undefined && { referer, 'sec-fetch-site': 'cross-site' }),
      })
      // A browser like this one has no cookies of servers' hosts, so a proxy sends it back.
      const again = String(page.headers.location ?? '')
      if (page.status === 303 && again.includes('/_carrel/again?'))
        return browser.open(openLink(again.slice(again.indexOf('/user/'))), {
          framed,
          storage,
          ...(referer && { referer }),
        })
      if (page.status !== 200) throw new Error(`${link} was answered with ${page.status}: ${page.text}`)
      const { launch, proof, ask } = launchPageData(page.text)
      if (launch !== '') return launch
      // Presses the button of a page that asks first.
      const confirmed = ask === 'true'
      if (confirmed || !jar.has('carrel-first')) browser.setNonce()
      const body = { link, framed, storage, ...(confirmed && { confirmed }), ...(proof !== '' && { proof }) }
      const begun = await browser.post('/hub/launches', body)
      if (begun.status !== 201) throw new Error(`the launch was answered with ${begun.status}: ${begun.text}`)
      return begun.json().launch
    },
    async follow(launch) {
      const stream = await browser.fetch(`/hub/launches/${launch}/events`)
      return eventsOf(stream.text).at(-1) as never
    },
    async enter(link, how) {
      const launch = await browser.open(link, how)
      const { state, message } = await browser.follow(launch)
      if (state !== 'ready') throw new Error(`the launch ended as ${state}: ${message}`)
      const answer = await browser.post(`/hub/launches/${launch}/ticket`)
      return { launch, ticket: answer.json().ticket }
    },
  }
  return browser
}

/** Returns the `data-` attributes of a launch page. */
export function launchPageData(page: string): Record<'launch' | 'proof' | 'fresh' | 'ask' | 'framed' | 'link', string> {
  const words = page.matchAll(/data-([a-z-]+)="([^"]*)"/g)
  return Object.fromEntries([...words].map(([, name = '', value]) => [name, value])) as never
}

/** Returns the events of a stream of server-sent events. */
export function eventsOf(stream: string): { state: string; message: string; percent?: number; reference?: string }[] {
  return [...stream.matchAll(/^data: (.*)$/gm)].map(([, line = '']) => JSON.parse(line))
}

export async function redeem(hub: Pick<TestHub, 'address'>, ticket: string): Promise<Answer> {
  return createHttpBrowser(hub.address).fetch('/hub/api/seats', {
    method: 'POST',
    headers: { authorization: `token ${secrets.proxyToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ticket }),
  })
}

/** Sends a request with the culler's token. */
export async function cull(
  hub: Pick<TestHub, 'address'>,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  return createHttpBrowser(hub.address).fetch(`/hub/api/users${path}`, {
    method,
    headers: {
      authorization: `token ${secrets.cullerToken}`,
      'content-type': 'application/json',
      accept: 'application/jupyterhub-pagination+json',
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

function keep(jar: Map<string, string>, line: string): void {
  const [, name = '', value = ''] = /^([^=;]+)=([^;]*)/.exec(line) ?? []
  if (value === '' || /;\s*max-age=0\b/i.test(line)) jar.delete(name)
  else jar.set(name, value)
}

// Sends a request without `fetch`, which sets Sec-Fetch headers of its own and normalises addresses.
async function rawFetch(
  address: string,
  path: string,
  method: string,
  headers: Record<string, string>,
  body: string | undefined,
): Promise<Answer> {
  const { hostname, port } = new URL(address)
  // Node sets no length for the body of a DELETE, and so drops the body.
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  const all = { host: new URL(hubUrl).host, ...headers, ...length }
  const sent = request({ host: hostname, port, path, method, headers: all, agent: false })
  sent.end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const received = await text(response)
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text: received,
    cookies: response.headers['set-cookie'] ?? [],
    json: () => JSON.parse(received),
  }
}
