/** Makes an exchange from a number: its subject, the bytes and pieces that are sent, and the server's response. */
import type { Act, Door, Exchange } from '../exchange.ts'
import { longRequest } from '../long.ts'
import { type Changed, change, garble } from '../mutate.ts'
import { placeholder } from '../placeholders.ts'
import { createRandom, type Random } from '../random.ts'
import { answer } from './answers.ts'
import { frames } from './frames.ts'
import { directRequest, hubRequest, internalRequest, pageRequest } from './hub.ts'
import { type Message, written } from './message.ts'
import { asUpgrade, serverRequest, soundRequest } from './requests.ts'
import { routesRequest } from './routes.ts'

export function exchangeOf(seed: number, number: number): Exchange {
  const random = createRandom(seed, number)
  const make = random.weighted<(random: Random, number: number) => Exchange>([
    [4, toServer],
    [5, answers],
    [4, pipeline],
    [3, webSocket],
    [2, hubThroughProxy],
    [3, hubDirectly],
    [2, internal],
    [2, routes],
    [9, long],
    [1, noise],
  ])
  return make(random, number)
}

/** Makes one request of a learner's browser, to which the server responds at random. */
function toServer(random: Random, number: number): Exchange {
  const { text, about } = oneText(random, serverRequest(random, number))
  return exchange('request', 'proxy', { client: sent(random, text), about }, answer(random))
}

/** Makes correct requests, to which a learner's server responds at random. */
function answers(random: Random, number: number): Exchange {
  const requests = random.times(
    1,
    random.weighted([
      [3, 1],
      [1, 3],
    ]),
    () => written(soundRequest(random, number)),
  )
  const client = sent(random, requests.join(''))
  return { ...exchange('answer', 'proxy', { client, about: [] }, answer(random)), messages: requests.length }
}

/** Makes pipelined requests, upgrades among them, which are sent before the responses to earlier ones. */
function pipeline(random: Random, number: number): Exchange {
  const parts = random.times(2, 5, () => {
    const message = random.chance(0.25) ? toHub(random) : serverRequest(random, number)
    return oneText(random, random.chance(0.3) ? asUpgrade(random, message) : message)
  })
  const text = parts.map((part) => part.text).join('') + (random.chance(0.2) ? frames(random, 3, true) : '')
  const about = parts.flatMap((part) => part.about)
  return {
    ...exchange('pipeline', 'proxy', { client: sent(random, text), about }, answer(random)),
    messages: parts.length,
  }
}

function webSocket(random: Random, number: number): Exchange {
  const request = asUpgrade(random, random.chance(0.6) ? soundRequest(random, number) : serverRequest(random, number))
  const { text, about } = random.chance(0.4) ? { text: written(request), about: [] } : oneText(random, request)
  const isEarly = random.chance(0.3)
  const client: Act[] = [
    ...(isEarly ? [] : sent(random, text, false)),
    ...(isEarly ? [] : [{ wait: 'other' as const }]),
    ...sent(random, (isEarly ? text : '') + frames(random, 5, true)),
  ]
  const { acts, about: answered } = answer(random, random.chance(0.85))
  const server: Act[] = [
    ...acts,
    ...(random.chance(0.4) ? [{ wait: 'other' as const }, { write: frames(random, 3, false) }] : []),
  ]
  return { ...exchange('WebSocket', 'proxy', { client, about }, { acts: server, about: answered }), messages: 6 }
}

function hubThroughProxy(random: Random): Exchange {
  const { text, about } = oneText(random, toHub(random))
  return exchange('hub behind the proxy', 'proxy', { client: sent(random, text), about })
}

function hubDirectly(random: Random): Exchange {
  const parts = random.times(
    1,
    random.weighted([
      [8, 1],
      [1, 4],
    ]),
    () => oneText(random, directRequest(random)),
  )
  const text = parts.map((part) => part.text).join('')
  const about = parts.flatMap((part) => part.about)
  return { ...exchange('hub', 'hub', { client: sent(random, text), about }), messages: parts.length }
}

function internal(random: Random): Exchange {
  const { text, about } = oneText(random, internalRequest(random))
  return exchange('internal listener', 'internal', { client: sent(random, text), about })
}

function routes(random: Random): Exchange {
  const { text, about } = oneText(random, routesRequest(random))
  return exchange('routes API', 'routes', { client: sent(random, text), about })
}

/** Makes a message with one part as long as it may be. Its cost is measured most closely. */
function long(random: Random, number: number): Exchange {
  const [door, message] = random.weighted<[Door, () => Message]>([
    [4, ['proxy', () => serverRequest(random, number)]],
    [2, ['proxy', () => asUpgrade(random, serverRequest(random, number))]],
    [2, ['proxy', () => toHub(random)]],
    [3, ['hub', () => directRequest(random)]],
    [4, [random.pick<Door>(['hub', 'proxy']), () => pageRequest(random)]],
    [1, ['internal', () => internalRequest(random)]],
    [1, ['routes', () => routesRequest(random)]],
  ])
  const { changed, about } = longRequest(random, message())
  return exchange('long', door, { client: [{ write: written(changed) }], about }, answer(random))
}

/** Makes bytes that are no HTTP at all. */
function noise(random: Random): Exchange {
  const door = random.pick<Door>(['proxy', 'hub', 'internal', 'routes'])
  const text = random.pick([
    random.bytes(random.int(300)),
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'GET /\r\n\r\n',
    '\r\n'.repeat(random.int(500)),
    'CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n',
    '',
  ])
  return exchange('noise', door, { client: sent(random, text), about: [] })
}

function toHub(random: Random): Message {
  const message = hubRequest(random)
  // Sends the request to the name of the other host at times.
  if (random.chance(0.9)) return message
  return { ...message, headers: message.headers.map(([n, v]) => [n, n === 'host' ? placeholder('servers host') : v]) }
}

function exchange(
  subject: string,
  door: Door,
  { client, about }: { client: Act[]; about: string[] },
  server: { acts: Act[]; about: string[] } = { acts: [], about: [] },
): Exchange {
  return { subject, door, client, server: server.acts, messages: 1, about: [...about, ...server.about] }
}

function oneText(random: Random, message: Message): { text: string; about: string[] } {
  const parts = change(random, message)
  const bytes: Changed<string> = garble(random, written(parts.changed))
  return { text: bytes.changed, about: [...parts.about, ...bytes.about] }
}

/** Sends a text at once, in pieces, slowly, half-closed or broken off. */
function sent(random: Random, text: string, mayEnd = true): Act[] {
  const pieces = random.weighted<() => Act[]>([
    [10, () => [{ write: text }]],
    [2, () => cutAt(text, [random.int(text.length + 1)])],
    [
      2,
      () =>
        cutAt(
          text,
          random.times(2, 6, () => random.int(text.length + 1)),
        ),
    ],
  ])()
  if (!mayEnd) return pieces
  const end = random.weighted<Act[]>([
    [8, []],
    [3, [{ end: true }]],
    [1, [{ reset: true }]],
    [1, [{ wait: random.int(6) }, { reset: true }]],
    [1, [{ wait: random.int(6) }, { end: true }]],
  ])
  return [...pieces, ...end]
}

function cutAt(text: string, places: number[]): Act[] {
  const edges = [0, ...places.sort((a, b) => a - b), text.length]
  return edges.slice(1).flatMap((end, index): Act[] => [{ write: text.slice(edges[index], end) }, { wait: 1 }])
}
