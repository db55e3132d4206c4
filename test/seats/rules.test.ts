import assert from 'node:assert/strict'
import { judge, type RequestFacts, type Row, type Verdict } from '../../seats/rules.ts'

const own = 'https://nb.test'
const seat = { id: 'i', server: 's', run: 1, user: 'u', framed: false, issued: 0, expires: 1 }
const valid = { state: 'valid', seat } as const
const path = '/user/ann/demo/'

const facts: RequestFacts = {
  method: 'GET',
  url: `${path}lab`,
  upgrade: false,
  hosts: ['nb.test'],
  headers: { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
  route: { path, origin: own, cors: ['https://tool.example'] },
  token: { state: 'none' },
  seat: valid,
}

type Expected = [Row, Verdict['kind'] | number]
type Case = [what: string, changes: Partial<RequestFacts>, expected: Expected]

/** Changes that replace the usual headers. */
const sent = (headers: RequestFacts['headers'], more: Partial<RequestFacts> = {}) => ({ headers, ...more })
const fetched = (site: string, mode: string, dest: string, more: Partial<RequestFacts> = {}) =>
  sent({ 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest }, more)
const socket = (headers: RequestFacts['headers'], more: Partial<RequestFacts> = {}) =>
  sent(headers, { upgrade: true, ...more })

const cases: Case[] = [
  // 1: spelling
  ['no host', { hosts: [] }, ['1', 400]],
  ['two hosts', { hosts: ['nb.test', 'nb.test'] }, ['1', 400]],
  ['another host', { hosts: ['hub.test'] }, ['1', 421]],
  ['the host with a foreign port', { hosts: ['nb.test:80'] }, ['1', 421]],
  ['the host in capitals with its own port', { hosts: ['NB.Test:443'] }, ['5b', 'pass']],
  ['an escaped letter in the prefix', { url: '/user/%61nn/demo/lab' }, ['1', 400]],
  ['an escaped slash in the prefix', { url: '/user/ann%2fdemo/lab' }, ['1', 400]],
  ['an escaped slash at its end', { url: '/user/ann/demo%2Flab' }, ['1', 400]],
  ['a backslash in the prefix', { url: '/user/ann%5cdemo/lab' }, ['1', 400]],
  ['a NUL in the prefix', { url: '/user/ann%00/demo/lab' }, ['1', 400]],
  ['the prefix in other case', { url: '/user/Ann/demo/lab' }, ['1', 400]],
  ['..', { url: `${path}../x` }, ['1', 400]],
  ['.. at the end', { url: `${path}a/..` }, ['1', 400]],
  ['.', { url: `${path}./x` }, ['1', 400]],
  ['.. in escapes', { url: `${path}%2e%2E/x` }, ['1', 400]],
  ['.. half in escapes', { url: `${path}.%2e/x` }, ['1', 400]],
  ['.. between escaped slashes', { url: `${path}a%2f..%2fb` }, ['1', 400]],
  ['.. between backslashes', { url: `${path}a\\..%5cb` }, ['1', 400]],
  ['a lone %', { url: `${path}%` }, ['1', 400]],
  ['% and no digits', { url: `${path}%zz` }, ['1', 400]],
  ['bytes that are no text', { url: `${path}%ff` }, ['1', 400]],
  ['dots that are a name', { url: `${path}.../a..b/.hidden` }, ['5b', 'pass']],
  ['an escaped slash after the prefix', { url: `${path}api/contents/a%2Fb` }, ['5b', 'pass']],
  ['.. in the query', { url: `${path}lab?x=/../%2e%2e` }, ['5b', 'pass']],
  ['the prefix without its last slash', { url: path.slice(0, -1) }, ['5b', 'pass']],
  ['the prefix without its last slash, and a query', { url: `${path.slice(0, -1)}?a` }, ['5b', 'pass']],

  // 2: tokens
  ['a good token', { token: valid }, ['2b', 'pass']],
  ['a good token without seat', { token: valid, seat: { state: 'missing' } }, ['2b', 'pass']],
  ['a good token with an ended seat', { token: valid, seat: { state: 'ended' } }, ['2b', 'pass']],
  [
    'a good token with a request that only a program sends',
    fetched('cross-site', 'cors', 'empty', { token: valid, method: 'POST' }),
    ['2b', 'pass'],
  ],
  [
    'a good token at a WebSocket of any origin',
    socket({ origin: 'https://evil.example' }, { token: valid }),
    ['2b', 'pass'],
  ],
  ['a good token and an unclear path', { token: valid, url: `${path}../x` }, ['1', 400]],
  ['a good token at another host', { token: valid, hosts: ['hub.test'] }, ['1', 421]],
  ['a refused token, with a seat', { token: { state: 'refused' } }, ['2b', 403]],
  [
    'a refused token at a WebSocket, with a seat',
    socket({ origin: own }, { token: { state: 'refused' } }),
    ['2b', 403],
  ],
  [
    'a refused token of a person who opens a page',
    fetched('none', 'navigate', 'document', { token: { state: 'refused' } }),
    ['2b', 403],
  ],
  ['several tokens', { token: { state: 'ambiguous' } }, ['2b', 400]],
  ['a token that no hub can judge', { token: { state: 'undecided' } }, ['2b', 503]],
  ['one of too many wrong tokens', { token: { state: 'rate-limited' } }, ['2b', 429]],

  // 2c: service workers
  ['a service worker', fetched('same-origin', 'same-origin', 'serviceworker'), ['2c', 403]],
  [
    'a service worker, without a seat',
    fetched('same-origin', 'same-origin', 'serviceworker', { seat: { state: 'missing' } }),
    ['2c', 403],
  ],
  ['a service worker of an old browser', sent({ 'service-worker': 'script', referer: `${own}${path}` }), ['2c', 403]],
  ['a shared worker', fetched('same-origin', 'same-origin', 'sharedworker'), ['5b', 'pass']],

  // 3: preflights
  [
    'a preflight',
    sent({ origin: 'https://evil.example', 'access-control-request-method': 'POST' }, { method: 'OPTIONS' }),
    ['3', 'preflight'],
  ],
  [
    'a preflight without seat',
    sent({ origin: own, 'access-control-request-method': 'POST' }, { method: 'OPTIONS', seat: { state: 'missing' } }),
    ['3', 'preflight'],
  ],
  ['OPTIONS that is no preflight', sent({ origin: own }, { method: 'OPTIONS' }), ['5e', 'pass']],
  [
    'a GET that looks like a preflight',
    sent({ origin: 'https://evil.example', 'access-control-request-method': 'POST' }),
    ['5e', 403],
  ],

  // 4: no seat
  ['no seat, a page', fetched('none', 'navigate', 'document', { seat: { state: 'missing' } }), ['4', 'launch']],
  ['no seat, a frame', fetched('cross-site', 'navigate', 'iframe', { seat: { state: 'missing' } }), ['4', 'launch']],
  [
    'no seat, an old browser’s page',
    sent({ accept: 'text/html,*/*' }, { seat: { state: 'missing' } }),
    ['4', 'launch'],
  ],
  ['no seat, a tool', sent({ accept: '*/*' }, { seat: { state: 'missing' } }), ['4', 403]],
  ['no seat, a fetch', { seat: { state: 'missing' } }, ['4', 403]],
  [
    'no seat, a fetch that accepts pages',
    sent({ ...facts.headers, accept: 'text/html' }, { seat: { state: 'missing' } }),
    ['4', 403],
  ],
  [
    'no seat, a form',
    fetched('same-origin', 'navigate', 'document', { method: 'POST', seat: { state: 'missing' } }),
    ['4', 403],
  ],
  ['no seat, a WebSocket', socket({ origin: own }, { seat: { state: 'missing' } }), ['4', 403]],
  ['an expired seat', { seat: { state: 'expired' } }, ['4', 403]],
  ['an ended seat', { seat: { state: 'ended' } }, ['4', 403]],
  ['an invalid seat', { seat: { state: 'invalid' } }, ['4', 403]],

  // 5a: WebSockets
  ['a WebSocket of its own', socket({ origin: own }), ['5a', 'pass']],
  ['a WebSocket without origin', socket({}), ['5a', 403]],
  ['a WebSocket from elsewhere', socket({ origin: 'https://evil.example' }), ['5a', 403]],
  ['a WebSocket from a sandbox', socket({ origin: 'null' }), ['5a', 403]],
  ['a WebSocket from the other scheme', socket({ origin: 'http://nb.test' }), ['5a', 403]],
  ['a WebSocket from a longer name', socket({ origin: `${own}.evil.example` }), ['5a', 403]],
  [
    'a WebSocket from elsewhere that claims same-origin',
    socket({ origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' }),
    ['5a', 403],
  ],

  // 5b: its own pages
  ['an own page’s GET', {}, ['5b', 'pass']],
  ['an own page’s POST', { method: 'POST' }, ['5b', 'pass']],
  ['an own page’s DELETE', { method: 'DELETE' }, ['5b', 'pass']],

  // 5c: typed
  ['a typed address', fetched('none', 'navigate', 'document'), ['5c', 'pass']],
  ['a typed address, HEAD', fetched('none', 'navigate', 'document', { method: 'HEAD' }), ['5c', 'pass']],
  ['no page behind it, a POST', fetched('none', 'navigate', 'document', { method: 'POST' }), ['5c', 403]],
  ['no page behind it, a fetch', fetched('none', 'cors', 'empty'), ['5c', 403]],

  // 5d: other pages
  ...['same-site', 'cross-site'].flatMap((site): Case[] => [
    [`a link, ${site}`, fetched(site, 'navigate', 'document'), ['5d', 'launch']],
    [`an iframe, ${site}`, fetched(site, 'navigate', 'iframe'), ['5d', 'launch']],
    [`a frame, ${site}`, fetched(site, 'navigate', 'frame'), ['5d', 'launch']],
    [`an object, ${site}`, fetched(site, 'navigate', 'object'), ['5d', 403]],
    [`a form, ${site}`, fetched(site, 'navigate', 'document', { method: 'POST' }), ['5d', 403]],
    [`HEAD, ${site}`, fetched(site, 'navigate', 'document', { method: 'HEAD' }), ['5d', 403]],
    [`an image, ${site}`, fetched(site, 'no-cors', 'image'), ['5d', 403]],
    [`a script, ${site}`, fetched(site, 'no-cors', 'script'), ['5d', 403]],
    [`a fetch, ${site}`, fetched(site, 'cors', 'empty'), ['5d', 403]],
    [`a fetch with a false origin, ${site}`, sent({ 'sec-fetch-site': site, origin: own }), ['5d', 403]],
  ]),

  // 5e: old browsers
  ['old, own origin, POST', sent({ origin: own }, { method: 'POST' }), ['5e', 'pass']],
  ['old, foreign origin, POST', sent({ origin: 'https://evil.example' }, { method: 'POST' }), ['5e', 403]],
  ['old, foreign origin, GET', sent({ origin: 'https://evil.example' }), ['5e', 403]],
  ['old, origin null', sent({ origin: 'null' }, { method: 'POST' }), ['5e', 403]],
  ['old, nothing said, GET', sent({}), ['5e', 403]],
  ['old, nothing said, HEAD', sent({}, { method: 'HEAD' }), ['5e', 403]],
  ['old, nothing said, POST', sent({}, { method: 'POST' }), ['5e', 403]],
  ['old, own referer, GET', sent({ referer: `${own}/user/ann/demo/lab` }), ['5e', 'pass']],
  ['old, own referer, POST', sent({ referer: `${own}/user/ann/demo/lab` }, { method: 'POST' }), ['5e', 403]],
  ['old, own referer, HEAD', sent({ referer: `${own}/` }, { method: 'HEAD' }), ['5e', 'pass']],
  ['old, own referer, a page', sent({ referer: `${own}${path}lab`, accept: 'text/html' }), ['5e', 'pass']],
  ['old, foreign referer, GET', sent({ referer: 'https://evil.example/' }), ['5e', 403]],
  ['old, a page, nothing said', sent({ accept: 'text/html,*/*' }), ['5e', 'launch']],
  ['old, a page, foreign referer', sent({ accept: 'text/html', referer: 'https://evil.example/' }), ['5e', 'launch']],
  ['old, a page, foreign origin', sent({ accept: 'text/html', origin: 'https://evil.example' }), ['5e', 403]],
  ['old, a page, origin null', sent({ accept: 'text/html', origin: 'null' }), ['5e', 403]],
  ['old, a page, POST', sent({ accept: 'text/html' }, { method: 'POST' }), ['5e', 403]],
  ['old, a page, HEAD', sent({ accept: 'text/html' }, { method: 'HEAD' }), ['5e', 403]],
  ['old, referer with a longer name', sent({ referer: `${own}.evil.example/` }), ['5e', 403]],
  ['an unknown value of Sec-Fetch-Site', sent({ 'sec-fetch-site': 'other' }), ['5e', 403]],
]

describe('the rules of admission', () => {
  for (const [what, changes, [row, kind]] of cases) {
    it(`${row} ${kind}: ${what}`, () => {
      const decision = judge({ ...facts, ...changes })
      const got = decision.kind === 'refuse' ? decision.status : decision.kind
      assert.deepEqual([decision.row, got], [row, kind])
    })
  }

  it('name the state of the seat in a refusal', () => {
    for (const state of ['missing', 'invalid', 'expired', 'ended'] as const) {
      const decision = judge({ ...facts, seat: { state } })
      assert.equal(decision.kind === 'refuse' && decision.code, `seat_${state}`)
    }
  })

  it('allow a preflight to the course’s origins only', () => {
    for (const [origin, allow] of [
      ['https://tool.example', 'https://tool.example'],
      ['https://tool.example.evil', undefined],
      [own, undefined],
    ]) {
      const decision = judge({
        ...facts,
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'PUT' },
      })
      assert.equal(decision.kind === 'preflight' && decision.allow, allow)
    }
  })

  it('let no request without a seat or a token pass', () => {
    for (const [, { token: _, ...changes }] of cases) {
      for (const state of ['missing', 'invalid', 'expired', 'ended'] as const) {
        assert.notEqual(judge({ ...facts, ...changes, seat: { state } }).kind, 'pass')
      }
    }
  })

  it('let a shown token decide, whatever the state of the seat', () => {
    for (const [, { token: _, ...changes }] of cases) {
      for (const state of ['refused', 'ambiguous', 'undecided', 'rate-limited'] as const) {
        assert.equal(judge({ ...facts, ...changes, token: { state } }).kind, 'refuse')
      }
    }
  })
})
