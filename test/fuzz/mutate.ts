/** Changes messages: single bytes, lengths, orders. Each change describes itself in words. */
import type { Message } from './grammar/message.ts'
import type { Random } from './random.ts'

export interface Changed<T> {
  changed: T
  about: string[]
}

type Change<T> = readonly [name: string, act: (random: Random, subject: T) => T]

/** Changes parts of a message; in six of ten cases nothing. */
export function change(random: Random, message: Message): Changed<Message> {
  return apply(
    random,
    partChanges,
    message,
    random.weighted([
      [6, 0],
      [3, 1],
      [1, 2],
    ]),
  )
}

/** Changes bytes at any place; in most cases nothing. */
export function garble(random: Random, text: string): Changed<string> {
  return apply(
    random,
    byteChanges,
    text,
    random.weighted([
      [9, 0],
      [2, 1],
      [1, 3],
    ]),
  )
}

function apply<T>(random: Random, table: readonly [Change<T>, ...Change<T>[]], subject: T, count: number): Changed<T> {
  const about: string[] = []
  let changed = subject
  for (let i = 0; i < count; i += 1) {
    const [name, act] = random.pick(table)
    changed = act(random, changed)
    about.push(name)
  }
  return { changed, about }
}

const oddNumbers = [
  '0',
  '-1',
  '+1',
  '00',
  '1e3',
  '0x10',
  '2147483648',
  '9007199254740993',
  '18446744073709551616',
  '',
] as const

const partChanges: readonly [Change<Message>, ...Change<Message>[]] = [
  ['headers in another order', (random, m) => ({ ...m, headers: moved(random, m.headers) })],
  ['a header twice', (random, m) => ({ ...m, headers: withCopy(random, m.headers) })],
  ['a header less', (random, m) => ({ ...m, headers: without(random, m.headers) })],
  ['an odd name', (random, m) => ({ ...m, headers: onOne(random, m.headers, ([n, v]) => [splice(random, n), v]) })],
  ['an odd value', (random, m) => ({ ...m, headers: onOne(random, m.headers, ([n, v]) => [n, splice(random, v)]) })],
  ['a value less', (random, m) => ({ ...m, headers: onOne(random, m.headers, ([n]) => [n, '']) })],
  [
    'letters of another case',
    (random, m) => ({ ...m, headers: onOne(random, m.headers, ([n, v]) => [n.toUpperCase(), v.toUpperCase()]) }),
  ],
  [
    'another number',
    (random, m) => ({
      ...m,
      headers: m.headers.map(([n, v]) => [n, /^\d+$/.test(v) ? random.pick(oddNumbers) : v] as [string, string]),
    }),
  ],
  [
    'an odd first line',
    (random, m) => {
      const first = [...m.first] as Message['first']
      const part = random.int(3)
      first[part] = splice(random, first[part] ?? '')
      return { ...m, first }
    },
  ],
]

const byteChanges: readonly [Change<string>, ...Change<string>[]] = [
  ['a byte changed', (random, text) => replaced(text, random.int(text.length), 1, random.bytes(1))],
  ['a bit changed', flipped],
  ['a byte more', (random, text) => replaced(text, random.int(text.length + 1), 0, random.bytes(1))],
  ['a byte less', (random, text) => replaced(text, random.int(text.length), 1, '')],
  ['bytes less', (random, text) => replaced(text, random.int(text.length), 1 + random.int(40), '')],
  [
    'bytes twice',
    (random, text) => {
      const at = random.int(text.length)
      return replaced(text, at, 0, text.slice(at, at + 1 + random.int(200)))
    },
  ],
  ['an early end', (random, text) => text.slice(0, random.int(text.length + 1))],
  ['a bare line feed', (random, text) => onNth(random, text, '\r\n', '\n')],
  ['a bare carriage return', (random, text) => onNth(random, text, '\r\n', '\r')],
  ['a line more', (random, text) => onNth(random, text, '\r\n', '\r\n\r\n')],
  ['a folded line', (random, text) => onNth(random, text, '\r\n', '\r\n ')],
]

function moved<T>(random: Random, list: T[]): T[] {
  const rest = [...list]
  const [one] = rest.splice(random.int(rest.length), 1)
  if (one !== undefined) rest.splice(random.int(rest.length + 1), 0, one)
  return rest
}

function withCopy<T>(random: Random, list: T[]): T[] {
  const one = list[random.int(list.length)]
  return one === undefined ? list : [...list, one]
}

function without<T>(random: Random, list: T[]): T[] {
  const at = random.int(list.length)
  return list.filter((_, index) => index !== at)
}

function onOne<T>(random: Random, list: T[], act: (one: T) => T): T[] {
  const at = random.int(list.length)
  return list.map((one, index) => (index === at ? act(one) : one))
}

/** Inserts an odd byte or two at any place. */
function splice(random: Random, text: string): string {
  const odd = random.weighted([
    [3, random.bytes(1)],
    [2, random.pick(oddBytes)],
    [1, random.bytes(3)],
  ])
  return replaced(text, random.int(text.length + 1), random.int(2), odd)
}

const oddBytes = [
  '\0',
  '\x01',
  '\t',
  ' ',
  '\n',
  '\r',
  '\x7f',
  '\x80',
  '\xff',
  '"',
  '%',
  ',',
  ';',
  ':',
  '\\',
  '..',
  '/',
] as const

function flipped(random: Random, text: string): string {
  const at = random.int(text.length)
  const code = text.charCodeAt(at)
  return code > 255 ? text : replaced(text, at, 1, String.fromCharCode(code ^ (1 << random.int(8))))
}

function replaced(text: string, at: number, length: number, by: string): string {
  return text.slice(0, at) + by + text.slice(at + length)
}

function onNth(random: Random, text: string, what: string, by: string): string {
  const parts = text.split(what)
  const at = 1 + random.int(parts.length)
  return at >= parts.length ? text : parts.slice(0, at).join(what) + by + parts.slice(at).join(what)
}
