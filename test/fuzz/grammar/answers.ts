/**
 * Makes responses of a hostile server: status lines, interim responses, header bytes, framing, upgrades, early ends.
 */
import type { Act } from '../exchange.ts'
import { longAnswer } from '../long.ts'
import { change, garble } from '../mutate.ts'
import type { Random } from '../random.ts'
import { frames } from './frames.ts'
import { type Message, withBody, written } from './message.ts'

export interface Answer {
  acts: Act[]
  about: string[]
}

export function answer(random: Random, upgrade = random.chance(0.08)): Answer {
  const about: string[] = []
  const interim = random.times(
    0,
    random.weighted([
      [7, 0],
      [2, 1],
      [1, 3],
    ]),
    () => {
      const kind = random.pick([
        '100 Continue',
        '102 Processing',
        '103 Early Hints',
        '199 x',
        '101 Switching Protocols',
      ])
      const { changed, about: how } = garble(random, `HTTP/1.1 ${kind}\r\nlink: </x>; rel=preload\r\n\r\n`)
      about.push(...how.map((what) => `interim answer: ${what}`))
      return changed
    },
  )
  const main = random.chance(0.06)
    ? longAnswer(random, upgrade ? switching(random) : final(random))
    : change(random, upgrade ? switching(random) : final(random))
  const text = garble(random, written(main.changed))
  about.push(...[...main.about, ...text.about].map((what) => `answer: ${what}`))
  const more = upgrade ? frames(random, 4, false) : random.chance(0.05) ? random.bytes(random.int(50)) : ''
  return { acts: delivered(random, interim.join('') + text.changed + more), about }
}

function final(random: Random): Message {
  const status = random.weighted([
    [10, '200'],
    [2, String(100 + random.int(500))],
    [1, random.pick(['204', '304', '302', '206', '404', '426', '503'])],
    [1, random.pick(['0', '99', '600', '999', '1000', '20', '-1', '2e2', '200.5', ''])],
  ])
  const reason = random.weighted([
    [8, 'OK'],
    [1, ''],
    [1, random.bytes(1 + random.int(4)).replace(/[\r\n]/g, '')],
    [2, `O${String.fromCharCode(random.pick([1, 0, 8, 11, 27, 127, 128, 255]))}K`],
    [1, 'x'.repeat(random.int(3000))],
  ])
  const version = random.weighted([
    [12, 'HTTP/1.1'],
    [2, 'HTTP/1.0'],
    [1, random.pick(['HTTP/1.2', 'HTTP/0.9', 'HTTP/2.0', 'ICY'])],
  ])
  const message: Message = { first: [version, status, reason], headers: headers(random), body: '' }
  const text = random.weighted([
    [6, 'hello'],
    [2, ''],
    [2, random.bytes(random.int(300))],
    [1, 'x'.repeat(random.int(70_000))],
  ])
  return withBody(random, message, text)
}

function switching(random: Random): Message {
  const key = random.pick(['s3pPLMBiTxaQ9kYGzzhZRbK+xOo=', 'x', ''])
  return {
    first: [
      'HTTP/1.1',
      random.weighted([
        [8, '101'],
        [1, '200'],
        [1, '403'],
        [1, '426'],
      ]),
      'Switching Protocols',
    ],
    headers: [
      ['connection', random.pick(['Upgrade', 'Upgrade', 'upgrade, close', 'close', 'keep-alive'])],
      ['upgrade', random.pick(['websocket', 'websocket', 'h2c', 'x'])],
      ['sec-websocket-accept', key],
      ...headers(random),
    ],
    body: '',
  }
}

const known: readonly [[string, string], ...[string, string][]] = [
  ['content-type', 'text/html'],
  ['set-cookie', 'a=b; Path=/; HttpOnly'],
  ['set-cookie', 'carrel=x; Domain=test'],
  ['set-cookie', '=;;; =; Path'],
  ['connection', 'close'],
  ['connection', 'keep-alive, x-carrel, content-length, set-cookie'],
  ['content-security-policy', "default-src 'self'; frame-ancestors *"],
  ['cache-control', 'public, max-age=99'],
  ['location', '/user/x/y/'],
  ['location', '//evil.test/'],
  ['vary', '*'],
  ['upgrade', 'h2c'],
  ['keep-alive', 'timeout=0'],
  ['trailer', 'x'],
  ['proxy-authenticate', 'Basic'],
  ['x-accel-redirect', '/x'],
  ['access-control-allow-origin', '*'],
  ['refresh', '0'],
  ['__proto__', 'x'],
  ['constructor', 'x'],
  ['content-encoding', 'gzip'],
]

function headers(random: Random): [string, string][] {
  return random.times(0, 5, () =>
    random.chance(0.85)
      ? random.pick(known)
      : ([`x-${random.int(9)}`, random.bytes(random.int(8)).replace(/[\r\n]/g, '')] as [string, string]),
  )
}

/** Sends a text at once or in pieces, and ends the connection in one of several ways. */
function delivered(random: Random, text: string): Act[] {
  const cut = random.int(text.length + 1)
  const end = random.weighted<Act[]>([
    [6, []],
    [3, [{ end: true }]],
    [1, [{ reset: true }]],
    [1, [{ wait: random.int(10) }, { end: true }]],
    [1, [{ wait: 'other' }, { write: random.bytes(20) }]],
  ])
  return random.weighted<Act[]>([
    [8, [{ write: text }, ...end]],
    [2, [{ write: text.slice(0, cut) }, { wait: random.int(8) }, { write: text.slice(cut) }, ...end]],
    [1, [{ write: text.slice(0, cut) }, random.chance(0.5) ? { end: true } : { reset: true }]],
    [1, [{ wait: 10 + random.int(20) }, { write: text }, ...end]],
    [1, [{ reset: true }]],
  ])
}
