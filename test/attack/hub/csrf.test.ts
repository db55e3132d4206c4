import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp } from '../../../hub/app.ts'
import { findUser } from '../../../hub/db/users.ts'
import { createHttpBrowser, type HttpBrowser, hubUrl, serversUrl } from '../../helpers/test-hub.ts'
import { openParts, type Parts } from '../../hub/parts.ts'
import { people } from '../../hub/people.ts'
import { type Attack, attacks } from '../table.ts'
import { type Target, targetsOf } from './targets.ts'

const evil = 'https://evil.example'
const changing = ['POST', 'PUT', 'PATCH', 'DELETE']
/** Returns whether an address takes a token in place of a cookie. */
const isApi = ({ path }: Target) => path.startsWith('/hub/api')
/** Hosts of git call it, and no page of ours: no cookie counts there, and a call without the secret does nothing. */
const isForHosts = ({ path }: Target) => path.startsWith('/hub/hooks/')

describe("attack: another site's page and the hub's own addresses", () => {
  let parts: Parts
  let dir = ''
  let server: Server
  let victim: HttpBrowser
  let targets: Target[]
  /** The path of the victim's server, which runs. */
  let own: string

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'carrel-csrf-'))
    parts = await openParts(`sqlite:${dir}/hub.sqlite`)
    parts.hub.config.authenticators.push(people)
    const app = createApp(parts.hub)
    server = createServer(app.callback())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    victim = createHttpBrowser(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const { launch } = await victim.enter('/tmplogin?course=demo')
    const row = await parts.hub.db('servers').first()
    own = row.path
    const user = await findUser(parts.hub.db, row.user)
    targets = targetsOf(app, { id: row.id, server: 'demo', name: user?.name ?? '', course: 'demo' })
    targets.push(
      ...['/:id/ticket', '/:id'].map((end) => ({ method: 'POST', path: `/hub/launches${end.replace(':id', launch)}` })),
    )
    assert.ok(targets.length > 30)
  })
  after(async () => {
    server.close()
    server.closeAllConnections()
    await parts.stop()
    await rm(dir, { recursive: true })
  })

  /** Returns the content of the database, without the fields that every request changes. */
  const state = async () => {
    const tables: { name: string }[] = await parts.hub.db.raw("select name from sqlite_master where type = 'table'")
    const kept = tables.map(({ name }) => name).filter((name) => !/^(sqlite_|knex|hubs|activity|proxies)/.test(name))
    const rows = await Promise.all(kept.map(async (name) => [name, await parts.hub.db(name).select()]))
    return JSON.stringify(rows, (key, value) => (key === 'expires' ? undefined : value))
  }

  /** Returns the addresses that did not refuse the request for its origin, and whether the database has changed. */
  const attack = async (headers: Record<string, string>, body: string, which = changing) => {
    const before = await state()
    const passed: string[] = []
    for (const target of targets.filter(({ method }) => which.includes(method))) {
      const answer = await victim.fetch(target.path, { method: target.method, headers, body })
      const { error } = JSON.parse(answer.text || '{}') as { error?: string }
      const refusals = isApi(target) ? ['bad_token'] : isForHosts(target) ? ['not_found', 'too_many'] : ['foreign_page']
      const refused = [...refusals, 'method_not_allowed']
      if (!refused.includes(error ?? '')) passed.push(`${target.method} ${target.path} ${answer.status} ${error}`)
    }
    return { passed, changed: (await state()) !== before }
  }
  const nothing = { passed: [], changed: false }
  const from = (site: string, mode = 'no-cors', dest = 'empty') => ({
    accept: 'application/json',
    'sec-fetch-site': site,
    'sec-fetch-mode': mode,
    'sec-fetch-dest': dest,
  })
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const fields = 'link=/launch/demo&framed=false&username=ann&password=right&user=eve&next=/'

  const ways: [string, Record<string, string>, string][] = [
    ['a form of another site', { ...from('cross-site', 'navigate', 'document'), ...form, origin: evil }, fields],
    [
      'a form in a frame of another site',
      { ...from('cross-site', 'navigate', 'iframe'), ...form, origin: evil },
      fields,
    ],
    [
      'a text/plain fetch',
      { ...from('cross-site'), 'content-type': 'text/plain', origin: evil },
      '{"link":"/launch/demo"}',
    ],
    [
      'a fetch that says JSON',
      { ...from('cross-site', 'cors'), 'content-type': 'application/json', origin: evil },
      '{"link":"/launch/demo"}',
    ],
    [
      "a page of a learner's server, which is the same site",
      { ...from('same-site', 'cors'), 'content-type': 'application/json', origin: serversUrl },
      '{"link":"/launch/demo"}',
    ],
    ['a sandbox', { ...from('cross-site'), ...form, origin: 'null' }, fields],
    ['no page at all', { ...from('none', 'navigate', 'document'), ...form }, fields],
    ['an old browser, from elsewhere', { accept: '*/*', ...form, origin: evil }, fields],
    ['an old browser, from a sandbox', { accept: '*/*', ...form, origin: 'null' }, fields],
    ['an old browser that says nothing', { accept: '*/*', ...form }, fields],
    ['an old browser with our Referer', { accept: '*/*', ...form, referer: `${hubUrl}/hub/home` }, fields],
    ['an origin that begins like ours', { accept: '*/*', ...form, origin: `${hubUrl}.evil.example` }, fields],
    ['an origin with another port', { accept: '*/*', ...form, origin: `${hubUrl}:8080` }, fields],
    ['an origin of the other scheme', { accept: '*/*', ...form, origin: hubUrl.replace('http:', 'https:') }, fields],
    ['our origin, but cross-site', { ...from('cross-site'), ...form, origin: hubUrl }, fields],
    ['two words for the site', { ...from('same-origin, cross-site'), ...form, origin: evil }, fields],
    ['our origin and another', { accept: '*/*', ...form, origin: `${hubUrl}, ${evil}` }, fields],
  ]
  const overriding = {
    'x-http-method-override': 'POST',
    'x-http-method': 'DELETE',
    'x-method-override': 'DELETE',
    'content-type': 'application/json',
  }

  attacks([
    ...ways.map(
      ([name, headers, body]): Attack => ({
        name: `sends to every address that changes something: ${name}`,
        rule: 'own pages',
        attempt: () => attack(headers, body),
        expected: nothing,
      }),
    ),
    {
      name: 'CVE-2026-40864: sends every form with every pair of a site that is not ours and a mode',
      rule: 'own pages',
      async attempt() {
        const found: unknown[] = []
        for (const site of ['cross-site', 'same-site', 'none', 'same-origin2', 'SAME-ORIGIN', 'null']) {
          for (const mode of [
            'navigate',
            'cors',
            'no-cors',
            'same-origin',
            'websocket',
            'nested-navigate',
            'x',
            undefined,
          ]) {
            for (const origin of [evil, hubUrl, undefined]) {
              const headers = { ...from(site, mode), ...form, ...(origin && { origin }) }
              if (mode === undefined) Reflect.deleteProperty(headers, 'sec-fetch-mode')
              const { passed, changed } = await attack(headers, fields, ['POST'])
              if (passed.length > 0 || changed) found.push([site, mode, origin, passed, changed])
            }
          }
        }
        return found
      },
      expected: [],
    },
    {
      name: 'has a page of a server, a neighbour of the hub, load each address of the hub as its own',
      rule: 'own pages',
      async attempt() {
        const answers = targets
          .filter(({ method }) => method === 'GET')
          .map(async ({ path }) => {
            const { headers } = await victim.fetch(path, { headers: from('same-site', 'no-cors', 'image') })
            return headers['cross-origin-resource-policy']
          })
        return [...new Set(await Promise.all(answers))]
      },
      expected: ['same-origin'],
    },
    {
      name: 'asks every address with GET, as an image does, and wants another method',
      rule: 'own pages',
      attempt: async () => {
        const changed: string[] = []
        for (const { path } of targets) {
          if (path.endsWith('/events')) continue
          const before = await state()
          const query = `${path}${path.includes('?') ? '&' : '?'}_method=DELETE`
          await victim.fetch(query, { headers: { ...from('cross-site', 'no-cors', 'image'), ...overriding } })
          if ((await state()) !== before) changed.push(path)
        }
        return changed
      },
      expected: [],
    },
    {
      name: 'has a link preview, a prefetch and an image open every entry link',
      rule: 'navigation only',
      attempt: async () => {
        const before = await state()
        const links = ['/tmplogin?course=third', '/launch/third', '/hub/open?to=/user/a/third/', '/user/a/third/lab']
        links.push('/tmplogin?course=third&fresh=1', '/ipythonExercice/Python/a/ann', '/hub/oauth_callback?code=x')
        links.push('/hub/at/third/spawn', '/hub/at/third/user-redirect/lab', '/hub/spawn', '/hub/user-redirect/lab')
        links.push('/containerKill/Python/a/ann', `/hub/restart?to=${own}`, `/hub/at${own}spawn`, '/hub/stop')
        for (const link of links) {
          await victim.fetch(link, { headers: from('cross-site', 'no-cors', 'image') })
          await victim.fetch(link, { headers: { ...from('none', 'navigate', 'document'), 'sec-purpose': 'prefetch' } })
          await victim.fetch(link, { headers: { 'user-agent': 'preview', accept: 'text/html' } })
          await victim.fetch(link, { method: 'HEAD', headers: from('none', 'navigate', 'document') })
        }
        return (await state()) === before
      },
      expected: true,
    },
    {
      name: 'has a page of a server, a neighbour of the hub, open every entry link in a frame',
      rule: 'navigation only',
      attempt: async () => {
        const before = await state()
        const links = ['/tmplogin?course=third', '/launch/third', '/hub/open?to=/user/a/third/', '/user/a/third/lab']
        links.push('/hub/at/third/spawn', '/hub/at/third/user-redirect/lab', `/hub/restart?to=${own}`)
        for (const link of links) {
          const framed = from('same-site', 'navigate', 'iframe')
          for (const more of [{}, { referer: `${serversUrl}/` }, { referer: `${evil}/` }, { referer: 'x' }])
            await victim.fetch(link, { headers: { ...framed, ...more } })
        }
        return (await state()) === before
      },
      expected: true,
    },
    {
      name: 'posts JupyterHub’s form for a start',
      rule: 'own pages',
      attempt: async () => {
        const before = await state()
        const elsewhere: string[] = []
        const foreign = { ...from('cross-site', 'navigate', 'document'), ...form, origin: evil }
        for (const path of ['/hub/spawn', '/hub/at/third/spawn', `/hub/at${own}spawn`, `//hub/at${own}spawn`])
          for (const next of [own, `${evil}/`, '//evil.example/']) {
            const body = `next=${encodeURIComponent(next)}`
            const { status, headers } = await victim.fetch(path, { method: 'POST', headers: foreign, body })
            const isOurs = /^\/hub\/(at\/|spawn)/.test(String(headers.location))
            if (status !== 303 || !isOurs) elsewhere.push(`${path} ${status} ${headers.location}`)
          }
        return { elsewhere, changed: (await state()) !== before }
      },
      expected: { elsewhere: [], changed: false },
    },
    {
      name: 'sends an API call with the session and no token, from our own page',
      rule: 'own pages',
      attempt: async () => {
        const own = { ...from('same-origin', 'cors'), origin: hubUrl, 'content-type': 'application/json' }
        const passed: string[] = []
        for (const target of targets.filter(isApi)) {
          const { status, text } = await victim.fetch(target.path, { method: target.method, headers: own, body: '{}' })
          if (status !== 403 && !(status === 405 || JSON.parse(text || '{}').error === 'method_not_allowed'))
            passed.push(`${target.method} ${target.path} ${status}`)
        }
        return passed.filter((line) => !/ \/hub\/api\/? 200$/.test(line))
      },
      expected: [],
    },
  ])
})
