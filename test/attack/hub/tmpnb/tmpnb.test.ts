/** Attacks on tmpnb's addresses: by pages of other sites, by guesses of the token, by odd paths, crawlers and floods. */
import { temporary } from '../../../../authenticators/temporary.ts'
import type { ConfigInput } from '../../../../config/config.ts'
import { cleanupAfterEach } from '../../../helpers/cleanup.ts'
import { countRows, hubUrl, serversUrl, startTestHub } from '../../../helpers/test-hub.ts'
import { people } from '../../../hub/people.ts'
import { type Attack, attacks } from '../../table.ts'

const docs = 'https://docs.example.org'
const apiToken = 'a-token-for-the-portal-0123456789abcd'

describe("attack: tmpnb's addresses", () => {
  const cleanup = cleanupAfterEach()

  async function open(more: Partial<ConfigInput> = {}) {
    const courses = { demo: { image: 'demo', cors: [docs, 'https://*.lessons.example.org'] } }
    const hub = await startTestHub({ config: { courses, tmpnb: { course: 'demo', front: true }, ...more } })
    cleanup.defer(() => hub.stop())
    const ask = async (path: string, headers: Record<string, string>, method = 'POST') => {
      const answer = await hub.browser().fetch(path, { method, headers: { accept: 'application/json', ...headers } })
      return { ...answer, allowed: answer.headers['access-control-allow-origin'] }
    }
    const rows = () => countRows(hub.db, 'users', 'servers', 'tokens', 'launches', 'events')
    return { hub, ask, rows }
  }
  const nothing = { users: 0, servers: 0, tokens: 0, launches: 0, events: 0 }

  const table: Attack[] = [
    {
      name: 'is a page of an origin that is not listed, or nearly one: it gets no server and reads nothing',
      rule: 'tmpnb',
      attempt: async () => {
        const { ask, rows } = await open()
        const seen = new Set<string>()
        for (const origin of [
          ...['https://evil.example', 'null', 'http://docs.example.org', 'https://docs.example.org:8443', hubUrl],
          ...['https://docs.example.org.evil.example', 'https://xdocs.example.org', serversUrl, '*', ''],
          ...[
            'https://lessons.example.org',
            'https://evil.example/.lessons.example.org',
            `${docs}, https://evil.example`,
          ],
        ]) {
          for (const more of [{}, { 'content-type': 'text/plain', 'sec-fetch-mode': 'no-cors' }])
            seen.add(`${(await ask('/api/spawn', { origin, ...more })).status}`)
          for (const [path, method] of [
            ['/api/spawn', 'POST'],
            ['/api/spawn', 'OPTIONS'],
            ['/api/stats', 'OPTIONS'],
            ['/api/stats', 'GET'],
          ] as const) {
            const { allowed, headers } = await ask(path, { origin, 'access-control-request-method': 'POST' }, method)
            seen.add(`${allowed} ${headers['access-control-allow-methods']} ${headers.vary}`)
          }
        }
        return [[...seen], await rows()]
      },
      expected: [['403', 'undefined undefined Origin'], nothing],
    },
    {
      name: 'is another site’s page in the browser of a visitor: the visitor’s cookie is no credential, and none is set',
      rule: 'tmpnb',
      attempt: async () => {
        const { hub } = await open()
        const visitor = hub.browser()
        await visitor.enter('/launch/demo')
        const before = await countRows(hub.db, 'users', 'servers', 'tokens')
        const cross = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', 'content-type': 'text/plain' }
        const posted = await visitor.fetch('/api/spawn', { method: 'POST', headers: cross })
        const own = await visitor.fetch('/api/spawn', { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } })
        const after = await countRows(hub.db, 'users', 'servers', 'tokens')
        return [posted.status, own.status, posted.cookies, JSON.stringify(before) === JSON.stringify(after)]
      },
      expected: [403, 403, [], true],
    },
    {
      name: 'is a program without a token, or with a wrong one, also of a listed origin: one answer for all, and no server',
      rule: 'tmpnb',
      attempt: async () => {
        const { ask, rows } = await open({ tmpnb: { course: 'demo', apiToken } })
        const seen = new Set<string>()
        for (const authorization of [
          ...['', 'token', `token ${apiToken.slice(1)}`, `token ${apiToken}x`, `Basic ${btoa(`x:${apiToken}`)}`],
          ...[`token ${apiToken}, token x`, 'token carrel-user-x'],
        ])
          for (const origin of [{}, { origin: docs }] as Record<string, string>[]) {
            const { status, text } = await ask('/api/spawn', { ...origin, ...(authorization && { authorization }) })
            seen.add(`${status} ${JSON.parse(text).error}`)
          }
        for (const path of [`/api/spawn?token=${apiToken}`, `/api/spawn?Authorization=token%20${apiToken}`])
          seen.add(`${(await ask(path, {})).status} bad_token`)
        return [[...seen], await rows()]
      },
      expected: [['403 bad_token'], nothing],
    },
    {
      name: 'guesses tokens: after some guesses its address is refused',
      rule: 'tmpnb',
      attempt: async () => {
        const limits = { failuresPerAddress: { burst: 5, perSecond: 0.001 } }
        const { ask } = await open({ tmpnb: { course: 'demo', apiToken }, limits })
        const seen: number[] = []
        for (let count = 0; count < 7; count += 1)
          seen.push((await ask('/api/spawn', { authorization: `token ${count}` })).status)
        return seen
      },
      expected: [403, 403, 403, 403, 403, 429, 429],
    },
    {
      name: 'goes around the gate before temporary users: without the token of the config there is no way',
      rule: 'tmpnb',
      attempt: async () => {
        const { ask, rows } = await open({ authenticators: [temporary({ behind: people })] })
        const { status } = await ask('/api/spawn', { origin: docs })
        return [status, await rows()]
      },
      expected: [403, nothing],
    },
    {
      name: 'spells paths so that programs differ about them: they stay in the course, or are refused',
      rule: 'tmpnb',
      attempt: async () => {
        const { hub, rows } = await open()
        const seen = new Set<string>()
        for (const address of [
          ...['/notebooks/..%2f..%2fetc/passwd', '/notebooks/%2e%2e/%2e%2e/x', '/tree/a%5c..%5cb', '/notebooks/a%00b'],
          ...['/files/..%2f..%2fapi/contents', '/files/%2e%2e/api?x=1', '/tree/..;/api?x=1&..', '/notebooks/%ff'],
          ...['/spawn/..%2fuser/x', '/spawn/%75ser/x', '//evil.example/%2e%2e/spawn', '/notebooks/a%'],
        ]) {
          const { status, headers } = await hub.browser().navigate(address)
          seen.add(`${status} ${headers.location}`)
        }
        return [[...seen].toSorted(), await rows()]
      },
      expected: [['200 undefined', '400 undefined', '404 undefined'], nothing],
    },
    {
      name: 'is a crawler, a preview or a prefetch: what it gets starts nothing',
      rule: 'tmpnb',
      attempt: async () => {
        const { hub, ask, rows } = await open({ courses: { demo: { image: 'demo' } } })
        const seen = new Set<string>()
        for (const path of [
          '/',
          '/spawn',
          '/notebooks/a.ipynb',
          '/tree',
          '/files/a',
          '/spawn/user/x',
          '/info',
          '/stats',
        ])
          for (const headers of [
            { accept: 'text/html' },
            {
              accept: 'text/html',
              'sec-purpose': 'prefetch',
              'sec-fetch-mode': 'navigate',
              'sec-fetch-dest': 'document',
            },
            { accept: 'image/*', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
          ] as Record<string, string>[])
            seen.add(`${(await ask(path, headers, 'GET')).headers['set-cookie']}`)
        const got = await ask('/api/spawn', {}, 'GET')
        const robots = (await hub.browser().fetch('/robots.txt')).text
        return [[...seen], got.status, /^Disallow: \/$/m.test(robots), await rows()]
      },
      expected: [['undefined'], 405, true, nothing],
    },
    {
      name: 'asks for server after server from one address: after some it is told to wait',
      rule: 'tmpnb',
      attempt: async () => {
        const { hub, ask } = await open({ limits: { newUsersPerAddress: { burst: 2, perSecond: 0.01 } } })
        const seen: unknown[] = []
        for (let count = 0; count < 4; count += 1) {
          const { status, json, headers } = await ask('/api/spawn', { origin: docs })
          seen.push(status === 429 ? [json().status, Number(headers['retry-after']) > 10] : status)
        }
        return [seen, (await hub.db('users')).length]
      },
      expected: [[200, 200, ['full', true], ['full', true]], 2],
    },
    {
      name: 'asks again and again where there is no room: that counts for its address too',
      rule: 'tmpnb',
      attempt: async () => {
        const { ask } = await open({ limits: { servers: 1, newUsersPerAddress: { burst: 3, perSecond: 0.01 } } })
        const seen: unknown[] = []
        for (let count = 0; count < 4; count += 1) {
          const { status, headers } = await ask('/api/spawn', { origin: docs })
          seen.push(status === 429 ? Number(headers['retry-after']) > 60 : status)
        }
        return seen
      },
      expected: [200, false, false, true],
    },
    {
      name: 'asks during maintenance: nothing begins, and it is told when to come again',
      rule: 'tmpnb',
      attempt: async () => {
        const { hub, ask, rows } = await open()
        await hub.db('installation').update({ maintenance: Date.now() })
        const { status, headers } = await ask('/api/spawn', { origin: docs })
        return [status, headers['retry-after'], await rows()]
      },
      expected: [503, '30', nothing],
    },
    {
      name: 'drains the pool without the admin’s token: with none, a wrong one, that of programs, or from a page',
      rule: 'tmpnb',
      attempt: async () => {
        const adminToken = 'a-token-for-the-operator-0123456789ab'
        const { hub, ask } = await open({ tmpnb: { course: 'demo', apiToken, adminToken } })
        const seen: unknown[] = []
        for (const authorization of ['', `token ${apiToken}`, `token ${adminToken.slice(1)}`])
          seen.push((await ask('/api/pool', { ...(authorization && { authorization }) }, 'DELETE')).status)
        const asked = await ask('/api/pool', { origin: docs, 'access-control-request-method': 'DELETE' }, 'OPTIONS')
        const right = await ask('/api/pool', { authorization: `token ${adminToken}` }, 'DELETE')
        const without = await open()
        const absent = await without.ask('/api/pool', { authorization: 'token ' }, 'DELETE')
        return [seen, asked.allowed, right.json(), absent.status, hub.log.join().includes(adminToken)]
      },
      expected: [[403, 403, 403], undefined, { drained: 0 }, 404, false],
    },
  ]
  attacks(table)
})
