/**
 * Makes requests to the hub: of browsers and programs through the proxy, of learners' servers, and of other clients.
 */

import { placeholder } from '../placeholders.ts'
import type { Random } from '../random.ts'
import { type Message, withBody } from './message.ts'
import { browser, extras, hosts } from './requests.ts'

/** Returns an address that takes GET, with a query that it may have. */
function page(random: Random, all = pages()): string {
  const [path, query] = random.pick(all)
  const wanted = random.chance(0.6) ? query : ''
  const value = () =>
    random.pick([
      '',
      'demo',
      'x',
      '/hub/home',
      '//evil.test',
      '%00',
      '%',
      '%ff',
      '-1',
      '1e9',
      '__proto__',
      placeholder('ticket'),
      placeholder('path'),
    ])
  return (
    path +
    (wanted === ''
      ? ''
      : `?${wanted
          .split(' ')
          .map((name) => `${name}=${value()}`)
          .join('&')}`)
  )
}

/** Returns the addresses that read their query. */
const askingPages = () => pages().filter(([, query]) => query !== '') as ReturnType<typeof pages>

const pages = () =>
  [
    ['/', ''],
    ['/hub/home', ''],
    ['/hub/courses', ''],
    ['/hub/login', 'next'],
    ['/hub/login', 'next a'],
    ['/hub/logout', 'next'],
    ['/hub/signed-out', 'state next'],
    ['/hub/oauth_callback', 'code state error'],
    ['/hub/window', 'code link course'],
    ['/hub/tab', 'code'],
    ['/hub/token', ''],
    ['/hub/admin', 'page offset q kind way state running group sort'],
    ['/hub/admin/search', 'q'],
    ['/hub/admin/chosen', 'act chosen q'],
    ['/hub/admin/servers', 'q course state sort page'],
    ['/hub/admin/events', 'kind user by course from to before'],
    ['/hub/admin/users/x/remove', ''],
    ['/hub/admin/users/x/block', 'q page'],
    ['/hub/admin/servers/x/stop', 'q page'],
    ['/hub/servers/x/stop', ''],
    ['/hub/course/demo/servers/x/stop', 'q state page'],
    ['/hub/token/x/revoke', ''],
    ['/hub/home', 'notice'],
    ['/hub/course/demo', 'offset'],
    ['/hub/open', 'to'],
    ['/hub/choice', 'link change chosen'],
    ['/hub/choice/answers', ''],
    [`/hub/launches/${placeholder('launch')}`, ''],
    [`/hub/launches/${placeholder('launch')}/events`, ''],
    ['/hub/launches/x', ''],
    ['/launch/demo', 'notebook fresh forcecopy next'],
    ['/launch/%64emo/lab/tree/x.ipynb', ''],
    ['/tmplogin', 'course notebook'],
    ['/hub/tmplogin', 'course notebook anonymous_id'],
    ['/user-redirect/lab', 'urlpath'],
    ['/git-pull', 'repo urlpath branch'],
    ['/hub/static/style.css', 'v'],
    ['/health', ''],
    ['/hub/health', ''],
    ['/robots.txt', ''],
    [`${placeholder('path')}lab`, ''],
    ['/hub/api/', ''],
    ['/hub/api/user', ''],
    ['/hub/api/users', 'offset limit include_stopped_servers state name_filter sort'],
    [`/hub/api/users/${placeholder('name')}`, 'include_stopped_servers'],
    [`/hub/api/users/${placeholder('name')}/tokens`, ''],
    [`/hub/api/users/${placeholder('name')}/tokens/x`, ''],
    ['/hub/api/routes', ''],
  ] as [[string, string], ...[string, string][]]

/**
 * Returns the addresses that take a body: method, address, a sound body, its kind. Requests that remove the fuzzer's
 * own users are left out.
 */
const acts = () =>
  [
    ['POST', '/hub/login/local', 'username=eve&password=wrong', 'form'],
    ['POST', '/hub/login/local', 'username=eve&password=right&next=%2Fhub%2Fhome', 'form'],
    ['POST', '/hub/login/temporary', 'next=%2Flaunch%2Fdemo', 'form'],
    ['POST', '/hub/launches', '{"link":"/launch/demo"}', 'json'],
    [
      'POST',
      '/hub/launches',
      `{"link":"/launch/none","framed":true,"storage":false,"proof":"v1.k1.e30.${'A'.repeat(43)}","code":"y"}`,
      'json',
    ],
    ['POST', '/hub/launches', 'link=%2Flaunch%2Fdemo&framed=true', 'form'],
    ['POST', `/hub/launches/${placeholder('launch')}/ticket`, '{}', 'json'],
    ['POST', '/hub/token', 'note=x&days=1', 'form'],
    ['POST', '/hub/token/x/revoke', '', 'form'],
    ['POST', '/hub/window/code', 'code=x', 'form'],
    ['POST', '/hub/window/session', '{"code":"x"}', 'json'],
    ['POST', '/hub/guests', 'link=%2Flaunch%2Fdemo', 'form'],
    ['POST', '/hub/choice', 'link=%2Flaunch%2Fdemo&stop=demo', 'form'],
    ['POST', '/hub/choice', 'link=%2Flaunch%2Fdemo&choice-size=large', 'form'],
    ['POST', '/hub/choice/answers', 'link=%2Flaunch%2Fdemo&answer-repo=x&remove-data=yes', 'form'],
    ['POST', '/hub/servers/x/stop', '', 'form'],
    ['POST', '/hub/admin/users/x/block', '', 'form'],
    ['POST', `/hub/share/demo/add`, 'who=x', 'form'],
    ['POST', '/hub/api/seats', `{"ticket":"${placeholder('ticket')}"}`, 'json'],
    ['POST', '/hub/api/seats', '{"ticket":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}', 'json'],
    [
      'POST',
      '/hub/api/admissions',
      `{"token":"${placeholder('user token')}","server":"${placeholder('server')}","run":1}`,
      'json',
    ],
    ['POST', `/hub/api/users/${placeholder('name')}/tokens`, '{"note":"x","expires_in":5}', 'json'],
    ['POST', `/hub/api/users/${placeholder('name')}/servers/demo`, '', 'json'],
    ['POST', `/hub/api/users/${placeholder('name')}/servers/none`, '{}', 'json'],
    [
      'DELETE',
      '/hub/api/users/eve/servers/demo',
      '{"run":3,"reason":"x","last_activity":"2026-01-01T00:00:00.000Z"}',
      'json',
    ],
    ['DELETE', '/hub/api/users/nobody', '{"last_activity":"2026-01-01T00:00:00.000Z"}', 'json'],
    ['DELETE', `/hub/api/users/${placeholder('name')}/tokens/x`, '', 'json'],
    ['POST', '/hub/api/users', '{"usernames":["new","eve"],"admin":false}', 'json'],
    ['POST', '/hub/api/users/new', '{"authenticator":"local"}', 'json'],
    ['POST', `/hub/api/users/${placeholder('name')}/server`, '', 'json'],
    ['PATCH', '/hub/api/users/eve', '{"blocked":false}', 'json'],
    ['POST', '/hub/api/users/eve/sign-out', '', 'json'],
    ['PUT', '/hub/home', '', 'json'],
  ] as [[string, string, string, Kind], ...[string, string, string, Kind][]]

type Kind = 'form' | 'json'

/** Makes a request as browsers and programs send it to the hub, through the proxy or at the hub's own listener. */
export function hubRequest(random: Random): Message {
  const shared: Message['headers'] = [
    ...hosts(random, placeholder('hub host')),
    ...random.weighted<[string, string][]>([
      [5, [['cookie', placeholder('session')]]],
      [2, [['cookie', placeholder('admin session')]]],
      [1, [['cookie', placeholder('forged session')]]],
      [1, [['cookie', `${placeholder('session')}; ${placeholder('forged session')}; carrel-first=x`]]],
      [4, []],
    ]),
    ...browser(random, placeholder('hub url')),
    ...random.weighted<[string, string][]>([
      [4, []],
      [1, [['authorization', `token ${placeholder('user token')}`]]],
      [1, [['authorization', `token ${placeholder('admin token')}`]]],
      [1, [['authorization', `token ${placeholder('culler token')}`]]],
      [1, [['authorization', `token ${placeholder('proxy token')}`]]],
      [1, [['authorization', `Bearer ${placeholder('forged token')}`]]],
    ]),
    ...extras(random),
  ]
  if (random.chance(0.55)) return pageRequest(random, shared)
  const [method, target, body, kind] = random.pick(acts())
  return withBody(
    random,
    { first: [method, target, 'HTTP/1.1'], headers: [...shared, type(random, kind)], body: '' },
    spoiled(random, body, kind),
  )
}

/** Makes a request for a page, as a browser with or without a session sends it. */
export function pageRequest(random: Random, headers?: Message['headers']): Message {
  const method: string = random.weighted([
    [12, 'GET'],
    [1, 'HEAD'],
    [1, 'OPTIONS'],
    [1, 'DELETE'],
  ])
  const usual: Message['headers'] = [
    ['host', placeholder('hub host')],
    ...random.pick<Message['headers']>([
      [],
      [['cookie', placeholder('session')]],
      [['cookie', placeholder('admin session')]],
    ]),
    ...browser(random, placeholder('hub url')),
  ]
  const target = page(random, random.chance(0.3) ? askingPages() : pages())
  return { first: [method, target, 'HTTP/1.1'], headers: headers ?? usual, body: '' }
}

/** Makes a request at the hub's own listener: as the proxy sends it on, or as a client that reaches this listener. */
export function directRequest(random: Random): Message {
  const message = hubRequest(random)
  const forwarded = random.weighted<[string, string][]>([
    [
      6,
      [
        ['x-carrel-proxy-auth', placeholder('proxy token')],
        ['x-forwarded-for', random.pick(['192.0.2.7', '', '::ffff:1.2.3.4', 'x', '1, 2'])],
      ],
    ],
    [2, [['x-carrel-proxy-auth', placeholder('forged token')]]],
    [2, []],
  ])
  const id = random.pick(['0b7f5f0e-0000-4000-8000-000000000000', 'x', 'x\ty', 'é'])
  return {
    ...message,
    headers: [...message.headers, ...forwarded, ['x-request-id', id], ['x-forwarded-proto', 'http']],
  }
}

/** Makes a request at the listener for learners' servers. */
export function internalRequest(random: Random): Message {
  const activity = `{"servers":{"demo":{"last_activity":"2026-01-01T00:00:00.000Z"}}}`
  const [method, target, body] = random.weighted<[string, string, string]>([
    [2, ['GET', '/hub/api/', '']],
    [3, ['GET', '/hub/api/user', '']],
    [4, ['POST', `/hub/api/users/${placeholder('name')}/activity`, activity]],
    [1, ['POST', '/hub/api/users/x/activity', activity]],
    [1, ['GET', '/hub/health', '']],
    [1, ['GET', random.pick(['/', '/hub/home', '/hub/login?next=x', '/%', '/%00', '//', '*', '/hub/api/users']), '']],
    [1, ['DELETE', '/hub/api/user', '{}']],
  ])
  const headers: Message['headers'] = [
    ['host', random.pick(['127.0.0.1', 'x', ''])],
    ...random.weighted<[string, string][]>([
      [6, [['authorization', `token ${placeholder('server token')}`]]],
      [2, [['authorization', `token ${placeholder('forged server token')}`]]],
      [1, [['authorization', `token ${placeholder('user token')}`]]],
      [1, [['authorization', `token carrel-server-${random.pick(['x', 'a-1-', '-', 'a'.repeat(99)])}`]]],
      [2, []],
    ]),
    ...extras(random),
  ]
  const message: Message = { first: [method, target, 'HTTP/1.1'], headers, body: '' }
  if (method === 'GET') return message
  return withBody(random, { ...message, headers: [...headers, type(random, 'json')] }, spoiled(random, body, 'json'))
}

function type(random: Random, kind: Kind): [string, string] {
  const usual = kind === 'form' ? 'application/x-www-form-urlencoded' : 'application/json'
  const others = [
    'multipart/form-data; boundary=x',
    'text/plain',
    `${usual}; charset=utf-16`,
    `${usual};;=`,
    '',
    '/',
    '\x01',
  ]
  return ['content-type', random.chance(0.85) ? usual : random.pick([usual, ...others])]
}

/** Changes a body: to another value, another type, one more field, or no body of that kind at all. */
export function spoiled(random: Random, body: string, kind: Kind): string {
  if (random.chance(0.4)) return body
  const odd = random.pick(['\0', '\ud83d', '"', '-1', '1e999', '__proto__', '../', '%', '\x80', 'a'.repeat(300), ' '])
  const bytes = Buffer.from(odd).toString('latin1')
  if (kind === 'form') {
    return random.pick([
      body.replace(/=[^&]*/, `=${bytes}`),
      `${body}&${bytes}=${bytes}`,
      body.replace(/^[^=]*/, bytes),
      '=&=&',
      body + body,
    ])
  }
  const value = random.pick([
    'null',
    '[]',
    '{}',
    'true',
    '1e308',
    '"x"',
    '{"__proto__":{}}',
    '[[[[]]]]',
    '""',
    '"\\u0000"',
    '-0',
  ])
  return random.pick([
    value,
    body.replace(/:("[^"]*"|\d+|\w+)/, `:${value}`),
    body.replace(/:("[^"]*"|\d+|\w+)(?=\}*$)/, `:${value}`),
    body.replace(/"[^"]*":/, `"${bytes}":`),
    body.replace(/^\{/, `{"x":${value},`),
    body.slice(0, random.int(body.length + 1)),
    `${body}x`,
  ])
}
