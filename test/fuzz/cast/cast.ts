/** Signs people in and gives them servers, seats and tokens, through the public addresses of proxy and hub. */
import { serverToken } from '../../../seats/keys.ts'
import { createHttpBrowser, type HttpBrowser, hubUrl, secrets, serversUrl } from '../../helpers/test-hub.ts'
import { ask } from '../../proxy/world.ts'
import type { PlaceholderName, PlaceholderValues } from '../placeholders.ts'
import { admin, learner } from './people.ts'

export interface Doors {
  proxyUrl: string
  apiUrl: string
}

export interface Seated {
  browser: HttpBrowser
  /** The cookie of the seat, as `name=value`. */
  seat: string
  path: string
  launch: string
}

/** Signs a person in, opens the demo course and takes the seat. */
export async function seat({ proxyUrl }: Doors, name: string): Promise<Seated> {
  const browser = await signIn(proxyUrl, name)
  const { launch, ticket } = await browser.enter('/launch/demo')
  const headers = { origin: hubUrl, 'content-type': 'application/x-www-form-urlencoded' }
  const host = new URL(serversUrl).host
  const answer = await ask(proxyUrl, '/_carrel/seat', { method: 'POST', host, headers, body: `ticket=${ticket}` })
  if (answer.status !== 303) throw new Error(`${name} got no seat: ${answer.status} ${answer.body}`)
  const location = String(answer.headers.location)
  return {
    browser,
    launch,
    seat: String(answer.headers['set-cookie']).split(';')[0] ?? '',
    path: location.slice(0, location.indexOf('_carrel/')),
  }
}

/** Returns the values of the placeholders in exchanges. */
export async function placeholderValues(doors: Doors): Promise<PlaceholderValues> {
  const ann = await seat(doors, learner)
  const root = await signIn(doors.proxyUrl, admin)
  const route = (await routes(doors))[ann.path] as { access: { server: string; run: number } }
  const { server, run } = route.access
  const own = serverToken(secrets.keys.all[0], server, run)
  const word = await tokenOf(ann.browser)
  const session = cookies(ann.browser)
  const { ticket } = await ann.browser.post(`/hub/launches/${ann.launch}/ticket`).then((answer) => answer.json())
  const words: Record<PlaceholderName, string> = {
    'hub host': new URL(hubUrl).host,
    'servers host': new URL(serversUrl).host,
    'hub url': hubUrl,
    'servers url': serversUrl,
    name: learner,
    path: ann.path,
    'other path': '/user/bob/demo/',
    server,
    launch: ann.launch,
    seat: ann.seat,
    session,
    'admin session': cookies(root),
    ticket,
    'forged seat': forged(ann.seat),
    'forged session': forged(session),
    'user token': word,
    'admin token': await tokenOf(root),
    'server token': own,
    'culler token': secrets.cullerToken,
    'proxy token': secrets.proxyToken,
    'forged token': forged(word),
    'forged server token': forged(own),
  }
  return words
}

/** Returns whether sessions and seat are still valid after exchanges. */
export async function areValid({ proxyUrl }: Doors, words: PlaceholderValues): Promise<boolean> {
  const own = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }
  const host = words['servers host']
  const atServer = await ask(proxyUrl, `${words.path}api/status`, { host, headers: { ...own, cookie: words.seat } })
  const pages = await Promise.all(
    [words.session, words['admin session']].map((cookie) =>
      ask(proxyUrl, '/hub/home', { host: words['hub host'], headers: { ...own, cookie } }),
    ),
  )
  const tokens = await Promise.all(
    [words['user token'], words['admin token']].map((token) =>
      ask(proxyUrl, '/hub/api/user', { host: words['hub host'], headers: { authorization: `token ${token}` } }),
    ),
  )
  return [atServer, ...pages, ...tokens].every(({ status }) => status === 200)
}

const authorization = `token ${secrets.proxyToken}`

export async function routes({ apiUrl }: Doors): Promise<Record<string, unknown>> {
  const answer = await fetch(`${apiUrl}/api/routes`, { headers: { authorization } })
  return (await answer.json()) as Record<string, unknown>
}

/** Removes all routes but those of the hub's servers and one route without seats. */
export async function tidyRoutes(doors: Doors, hostile: string): Promise<void> {
  for (const path of Object.keys(await routes(doors))) {
    if (/^\/user\/(?!fuzz)[^/]+\/demo\/$/.test(path) || path === '/plain') continue
    await fetch(`${doors.apiUrl}/api/routes${path.split('/').map(encodeURIComponent).join('/')}`, {
      method: 'DELETE',
      headers: { authorization },
    })
  }
  await fetch(`${doors.apiUrl}/api/routes/plain`, {
    method: 'POST',
    headers: { authorization },
    body: JSON.stringify({ target: hostile }),
  })
}

async function signIn(proxyUrl: string, name: string): Promise<HttpBrowser> {
  const browser = createHttpBrowser(proxyUrl)
  const answer = await browser.submit('/hub/login/local', { username: name, password: 'right' })
  if (answer.status >= 400) throw new Error(`${name} could not sign in: ${answer.status} ${answer.text}`)
  return browser
}

async function tokenOf(browser: HttpBrowser): Promise<string> {
  const { text } = await browser.submit('/hub/token', { note: 'fuzz', days: '30' })
  const token = /carrel-user-[\w-]{43}/.exec(text)?.[0]
  if (token === undefined) throw new Error(`there is no token on the page: ${text.slice(0, 500)}`)
  return token
}

function cookies({ jar }: HttpBrowser): string {
  return [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
}

/** Returns the genuine text with one character changed before its end. */
function forged(genuine: string): string {
  const at = genuine.length - 5
  return genuine.slice(0, at) + (genuine[at] === 'x' ? 'y' : 'x') + genuine.slice(at + 1)
}
