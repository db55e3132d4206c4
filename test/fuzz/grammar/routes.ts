/** Makes requests to the proxy's routes API. */

import { placeholder } from '../placeholders.ts'
import type { Random } from '../random.ts'
import { spoiled } from './hub.ts'
import { type Message, withBody } from './message.ts'
import { extras } from './requests.ts'

const access = `{"server":"s9","run":1,"kid":"k1","label":"label0009","user":"u9","guests":[],"since":0,"ended":[],"ancestors":["https://a.test"],"cors":[]}`

export function routesRequest(random: Random): Message {
  const path = random.weighted([
    [6, `/user/fuzz${random.int(5)}/demo/`],
    [1, `/fuzz${random.int(5)}`],
    [1, ''],
    [1, '/'],
    [1, random.pick(['/user/fuzz/%2e%2e/', '/%', '/user/fuzz/%00/', '//', '/fuzz/a%2fb/', '/__proto__', '/fuzz/é/'])],
  ])
  const method = random.weighted([
    [4, 'POST'],
    [3, 'GET'],
    [3, 'DELETE'],
    [1, random.pick(['HEAD', 'PUT', 'PATCH', 'OPTIONS'])],
  ])
  const query = random.weighted([
    [6, ''],
    [1, '?digest'],
    [1, `?inactive_since=${random.pick(['2026-01-01T00:00:00Z', 'x', '', '99999999999999', '-1'])}`],
    [3, `?revision=${random.pick(['1', '17', '-1', '999999999999999', 'x', '', '1e3'])}`],
  ])
  const isWhole = path === '' || path === '/'
  const headers: Message['headers'] = [
    ['host', 'proxy'],
    ...random.weighted<[string, string][]>([
      [8, [['authorization', `token ${placeholder('proxy token')}`]]],
      [1, [['authorization', `token ${placeholder('forged token')}`]]],
      [1, [['authorization', random.pick(['token ', 'Bearer x', 'token \xff', 'token  a b'])]]],
      [1, []],
    ]),
    ...extras(random),
  ]
  const where = random.weighted([
    [12, `/api/routes${path}`],
    [1, '/health'],
    [1, random.pick(['/api', '/', '//x', '/api/routes/%', 'http://[x', '*'])],
  ])
  // Never adds a route for all addresses, which would replace all others.
  const message: Message = {
    first: [isWhole && method === 'POST' ? 'GET' : method, where + query, 'HTTP/1.1'],
    headers,
    body: '',
  }
  if (method !== 'POST' && random.chance(0.9)) return message
  const target = random.pick([
    'http://127.0.0.1:1',
    'http://[::1]:1',
    'unix+http://%2Ftmp%2Fnone.sock',
    'x',
    'http://',
    'http://a:99999',
    'https://a',
  ])
  const body = `{"target":"${target}","revision":${random.int(40)}${random.chance(0.5) ? `,"access":${access}` : ''},"x":{"y":[1]}}`
  return withBody(
    random,
    { ...message, headers: [...headers, ['content-type', 'application/json']] },
    spoiled(random, body, 'json'),
  )
}
