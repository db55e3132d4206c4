/** Makes one part of a message as long as a head or a body may be, by repeating a few characters. */
import type { Message } from './grammar/message.ts'
import type { Changed } from './mutate.ts'
import type { Random } from './random.ts'

/** Length of a long head. The limit is 32 kB, and a head a little below costs most. */
const headBytes = 30_000
const lists = ['"', ',', ',', ',', ';', ';', '=', ' ', 'a', '*/*', '\t', '(', '\\', ':'] as const
const queries = ['&', '&', '%', '=', 'a', '+', ';', '%41', 'token'] as const
const paths = ['/', '/', '.', '%2f', '%', 'a', ';', '\\', '%41'] as const
const values = ['{"a":', '[', ',', '"', 'a', '0', '&', '%', '=', '\\u0041', '\r\n', '-', '1e9'] as const

/** Headers of requests that programs parse; `answerNames` are those of responses. */
const listNames = [
  ...[
    'accept',
    'accept',
    'accept',
    'accept',
    'accept',
    'cookie',
    'cookie',
    'connection',
    'accept-encoding',
    'accept-language',
    'accept-charset',
  ],
  ...['forwarded', 'x-forwarded-for', 'authorization', 'content-type', 'origin', 'referer', 'sec-fetch-site', 'host'],
  ...['if-none-match', 'te', 'range', 'upgrade', 'sec-websocket-protocol', 'sec-websocket-extensions', 'expect', 'via'],
] as const
const answerNames = [
  ...['set-cookie', 'set-cookie', 'connection', 'vary', 'content-security-policy', 'cache-control', 'link', 'location'],
  ...['www-authenticate', 'keep-alive', 'transfer-encoding', 'content-type', 'access-control-allow-origin', 'x-long'],
] as const

export function longRequest(random: Random, message: Message): Changed<Message> {
  const [method, target, version] = message.first
  const [path = '', query] = target.split('?')
  switch (
    random.weighted([
      [5, 'query'],
      [2, 'path'],
      [6, 'value'],
      [1, 'headers'],
      [2, 'body'],
    ])
  ) {
    case 'query': {
      const run = runOf(random, queries)
      return said(`a long query of ${run.about}`, {
        ...message,
        first: [method, `${path}?${query ?? ''}${run.text}`, version],
      })
    }
    case 'path': {
      const run = runOf(random, paths)
      return said(`a long path of ${run.about}`, { ...message, first: [method, path + run.text, version] })
    }
    case 'value':
      return longValue(random, message, listNames)
    case 'headers':
      return manyHeaders(random, message)
    default: {
      const run = runOf(random, values, random.pick([4000, 16_000, 300_000, 1_040_000]))
      const headers = message.headers.filter(([name]) => name !== 'content-length' && name !== 'transfer-encoding')
      const body = message.body.replace(/[}\r\n]+$/, '') + run.text
      const length: [string, string] = ['content-length', String(body.length)]
      return said(`a long body of ${run.about}`, { ...message, headers: [...headers, length], body })
    }
  }
}

export function longAnswer(random: Random, message: Message): Changed<Message> {
  if (random.chance(0.2)) return manyHeaders(random, message)
  return longValue(random, message, answerNames, 14_000)
}

function longValue(
  random: Random,
  message: Message,
  names: readonly [string, ...string[]],
  bytes = headBytes,
): Changed<Message> {
  const name = random.pick(names)
  const run = runOf(random, lists, bytes)
  const mine = message.headers.find(([one]) => one === name)
  const others = message.headers.filter((one) => one !== mine)
  const value = (mine !== undefined && random.chance(0.7) ? mine[1] : '') + run.text
  return said(`a long ${name} of ${run.about}`, { ...message, headers: [...others, [name, value]] })
}

function manyHeaders(random: Random, message: Message): Changed<Message> {
  const name = random.pick(['x', 'cookie', 'accept', 'x-forwarded-for', 'connection', 'set-cookie', 'vary'])
  const isSame = random.chance(0.5)
  const more = Array.from({ length: 400 }, (_, index): [string, string] => [isSame ? name : `${name}-${index}`, 'a=b'])
  return said(`many headers ${name}`, { ...message, headers: [...message.headers, ...more] })
}

/** Repeats a few characters, at times after a beginning that is no part of the repetition. */
function runOf(
  random: Random,
  crumbs: readonly [string, ...string[]],
  bytes = headBytes,
): { text: string; about: string } {
  const start = random.pick(['', '', '"', '"', '(', random.pick(crumbs), random.pick(crumbs) + random.pick(crumbs)])
  const part = random.times(1, random.pick([1, 2, 3]), () => random.pick(crumbs)).join('')
  const text = start + part.repeat(Math.ceil(bytes / part.length))
  return { text: text.slice(0, bytes), about: JSON.stringify(part) }
}

function said(about: string, changed: Message): Changed<Message> {
  return { changed, about: [about] }
}
