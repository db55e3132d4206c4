import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type Koa from 'koa'
import { createApp } from '../../../hub/app.ts'
import { type Listener, listen } from '../../../hub/http/listen.ts'
import { createInternalApp } from '../../../hub/internal-app.ts'
import { serverToken } from '../../../seats/keys.ts'
import { projectDir } from '../../helpers/carrel.ts'
import { hubUrl, secrets } from '../../helpers/test-hub.ts'
import { openParts, type Parts } from '../../hub/parts.ts'
import { people } from '../../hub/people.ts'
import { rawRequest } from '../../hub/raw-request.ts'
import { type Attack, attacks } from '../table.ts'
import { type Meter, mostMilliseconds, startMeter } from '../wire/thread-cost.ts'
import { type Target, targetsOf } from './targets.ts'

type Headers = Record<string, string | string[]>

/** Repeats a text up to the length that a head may have beside its other lines. */
const fill = (unit: string, length = 30_000) => unit.repeat(Math.floor(length / unit.length))

const lists = ['accept', 'accept-encoding', 'accept-language', 'accept-charset']
const heads: [string, Headers][] = [
  ...lists.flatMap((name): [string, Headers][] => [
    [`${name}: quotes that never match`, { [name]: `"${fill('"",')}` }],
    [`${name}: very many`, { [name]: fill('a/b,') }],
    [`${name}: parameters in quotes`, { [name]: `a/b;x="${fill('"";')}` }],
    [`${name}: blanks`, { [name]: `a${fill(' ')}b` }],
  ]),
  ['cookies: separators', { cookie: fill(';') }],
  ['cookies: of our name', { cookie: fill('carrel=;') }],
  ['cookies: with ids', { cookie: fill(`carrel=${'A'.repeat(43)};`) }],
  ['cookies: one each line', { cookie: Array(190).fill('carrel=x') }],
  ['connection: names', { connection: `close,${fill('a,')}` }],
  ['forwarded', { forwarded: fill('for=a;') }],
  ['x-forwarded-for', { 'x-forwarded-for': fill('1,') }],
  ['content-type: parameters', { 'content-type': `a/b${fill(';a="b"')}` }],
  ['content-type: an open quote', { 'content-type': `a/b;a="${fill('\\"')}` }],
  ['host: a name to write otherwise (CVE-2026-27959)', { host: `a@${fill('%C3%BC')}` }],
  ['host: commas', { host: fill(',') }],
  ['referer: a name to write otherwise', { referer: `http://${fill('%C3%BC')}/` }],
  ['referer: dots', { referer: `http://a/${fill('../../')}` }],
  ['authorization: blanks', { authorization: `token${fill(' ')}x` }],
  ['authorization: a server token', { authorization: `token carrel-server-${fill('a-1-')}` }],
  ['if-none-match', { 'if-none-match': fill('"a",') }],
  ['range', { range: `bytes=${fill('0-,')}` }],
  ['very many headers', Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`x-${index}`, '1']))],
  ['one header very often', { 'x-a': Array(3500).fill('1') }],
]

const queries: [string, string][] = [
  ['parameters with broken escapes', `?${fill('%&')}`],
  ['parameters of one name', `?${fill('next&')}`],
  ['escapes', `?next=${fill('%2f')}`],
  ['a path', `?next=/${fill('a/')}&to=/user/a/demo/`],
  ['plus signs', `?q=${fill('+')}`],
]
const paths: [string, string][] = [
  ['slashes', fill('/')],
  ['segments', fill('a/')],
  ['escapes', fill('%41')],
  ['broken escapes', fill('%')],
  ['dots', fill('../../')],
  ['signs of a fragment', fill('#')],
  ['bytes that are no letters', fill('\xa0')],
]

const own = { origin: hubUrl, 'sec-fetch-site': 'same-origin' }
const asJson = { ...own, 'content-type': 'application/json' }
const asForm = { ...own, 'content-type': 'application/x-www-form-urlencoded' }
const mebibyte = 1_048_576
const fields = (count: number, sign: string) => Array.from({ length: count }, (_, index) => `${index}${sign}`).join('')
const bodies: [string, Headers, string][] = [
  ['JSON that nests', asJson, `${'{"a":'.repeat(2700)}1${'}'.repeat(2700)}`],
  ['JSON of lists', asJson, `${'['.repeat(8000)}${']'.repeat(8000)}`],
  ['JSON of many words', asJson, `{${fields(1500, '').replace(/\d+/, '"a":1')}}`],
  ['JSON of many names', asJson, JSON.stringify(Object.fromEntries(Array.from({ length: 1500 }, (_, i) => [i, 1])))],
  ['JSON of one MiB', asJson, `"${fill('a', mebibyte)}"`],
  ['a form of many fields', asForm, fields(3000, '&')],
  ['a form of nothing', asForm, fill('&', 16_000)],
  ['a form of broken escapes', asForm, `username=${fill('%', 16_000)}`],
  ['a form of blanks', asForm, `username=${fill('+', 16_000)}&password=x`],
  ['a form of one MiB (CVE-2026-54338)', asForm, `username=${fill('a', mebibyte)}`],
  ['multipart', { ...own, 'content-type': 'multipart/form-data; boundary=a' }, fill('--a\r\n\r\n', 16_000)],
  ['multipart of one MiB', { ...own, 'content-type': 'multipart/form-data; boundary=a' }, fill('--a\r\n', mebibyte)],
]
const inPieces = { ...asJson, 'transfer-encoding': 'chunked' }
const pieces: [string, string][] = [
  ['a byte each', `${fill('1\r\na\r\n', mebibyte)}0\r\n\r\n`],
  ['an extension of one MiB', `1;${fill('a', mebibyte)}\r\na\r\n0\r\n\r\n`],
  ['trailers', `1\r\n{\r\n0\r\n${fill('a: b\r\n')}\r\n`],
]

describe('attack: one message that costs too much', () => {
  let parts: Parts
  let dir = ''
  let meter: Meter
  let pages: Listener
  let targets: Target[]
  let token = ''

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'carrel-costs-'))
    parts = await openParts(`sqlite:${dir}/hub.sqlite`)
    parts.hub.config.authenticators.push(people)
    const [first] = Object.values(parts.hub.courses.all)
    assert.ok(first)
    // Many courses make it expensive to find names that are like a mistyped one.
    for (let index = 0; index < 500; index += 1) {
      const name = `${'course-'.repeat(8)}${index}`
      parts.hub.courses.all[name] = { ...first, name, slug: name, id: name }
    }
    const app = createApp(parts.hub)
    targets = targetsOf(app)
    pages = await serve(app)
    const { id, run } = await parts.makeReady()
    token = serverToken(secrets.keys.all[0], id, run)
    meter = startMeter()
  })
  after(async () => {
    await meter?.stop()
    await pages?.close()
    await parts?.stop()
    await rm(dir, { recursive: true, force: true })
  })

  const serve = (app: Koa) => listen(app, { ip: '127.0.0.1', port: 0 }, { log: parts.hub.log, unanswered: 8 })
  /** Returns the messages that cost more than they may, or whose response is a 5xx. */
  const wrong = async (messages: (readonly [string, string])[], { address }: Listener = pages): Promise<string[]> => {
    const found: string[] = []
    for (const [what, bytes] of messages) {
      const { milliseconds, status } = await meter.cost(Number(new URL(address).port), bytes)
      if (milliseconds > mostMilliseconds) found.push(`${what}: ${milliseconds} ms`)
      if (/^5/.test(status)) found.push(`${what}: ${status}`)
    }
    return found
  }
  const navigate = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-site': 'none' }
  const get = (path: string, headers: Headers = {}) => rawRequest('GET', path, { ...navigate, ...headers })
  const getters = () => targets.filter(({ method }) => method === 'GET').map(({ path }) => path)
  const changing = () => targets.filter(({ method }) => !['GET', 'HEAD'].includes(method))
  const entries = [
    '/tmplogin?course=demo',
    `/launch/${'curse-'.repeat(10)}`,
    '/hub/open?to=/user/a/demo/lab',
    '/nothing',
  ]

  const table: Attack[] = [
    ...heads.map(
      ([what, headers]): Attack => ({
        name: `fills a head at every kind of page with ${what}`,
        rule: 'cost',
        attempt: () => wrong([...entries, '/', '/hub/login', '/hub/api/user'].map((at) => [at, get(at, headers)])),
        expected: [],
      }),
    ),
    ...queries.map(
      ([what, query]): Attack => ({
        name: `asks every page and every call of the API, with 30 kB of ${what} in the query`,
        rule: 'cost',
        attempt: () =>
          wrong([...getters(), ...entries.map((at) => at.split('?')[0] ?? '')].map((at) => [at, get(at + query)])),
        expected: [],
      }),
    ),
    ...paths.map(
      ([what, path]): Attack => ({
        name: `asks for a path of 30 kB of ${what}, below every address`,
        rule: 'cost',
        attempt: () =>
          wrong([...getters(), '/launch', '/user/a/demo', '/ipythonExercice'].map((at) => [at, get(`${at}/${path}`)])),
        expected: [],
      }),
    ),
    ...bodies.map(
      ([what, headers, body]): Attack => ({
        name: `sends ${what} to every address that takes a body`,
        rule: 'cost',
        attempt: () =>
          wrong(changing().map(({ method, path }) => [`${method} ${path}`, rawRequest(method, path, headers, body)])),
        expected: [],
      }),
    ),
    ...pieces.map(
      ([what, body]): Attack => ({
        name: `sends a body of 1 MiB in pieces: ${what}`,
        rule: 'cost',
        attempt: () =>
          wrong(
            [
              ['POST', '/hub/launches'],
              ['POST', '/nothing'],
              ['GET', '/hub/login'],
            ].map(([method = '', path = '']) => [`${method} ${path}`, rawRequest(method, path, inPieces) + body]),
          ),
        expected: [],
      }),
    ),
    {
      name: 'sends all that as a server with a good token, to the internal listener',
      rule: 'cost',
      attempt: async () => {
        const good = { authorization: `token ${token}` }
        const at = '/hub/api/users/ann/activity'
        const messages = [
          ...heads.map(([what, headers]) => [what, get('/hub/api/user', { ...good, ...headers })] as const),
          ...queries.map(([what, query]) => [what, get(`/hub/api/user${query}`, good)] as const),
          ...bodies.map(
            ([what, headers, body]) => [what, rawRequest('POST', at, { ...headers, ...good }, body)] as const,
          ),
          ...pieces.map(([what, body]) => [what, rawRequest('POST', at, { ...inPieces, ...good }) + body] as const),
        ]
        const found = []
        // Each message gets a new listener, since a single one would soon respond with 429 only.
        for (const message of messages) {
          const internal = await serve(createInternalApp(parts.hub))
          found.push(...(await wrong([message], internal)))
          await internal.close()
        }
        return found
      },
      expected: [],
    },
  ]
  attacks(table)

  it('leaves Koa’s own parser of queries alone, which takes quadratic time', async () => {
    const files = await readdir(join(projectDir, 'hub'), { recursive: true })
    const codes = files.filter((file) => file.endsWith('.ts'))
    assert.ok(codes.length > 50)
    const texts = await Promise.all(codes.map((file) => readFile(join(projectDir, 'hub', file), 'utf8')))
    assert.deepEqual(
      codes.filter((_, index) => /\b(ctx|request)\.query\b/.test(texts[index] ?? '')),
      [],
    )
  })
})
