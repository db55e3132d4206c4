/**
 * The placeholders of exchanges. A value that only a running world knows (a seat, a token, a path) stands in an
 * exchange as a single character above the bytes. So an exchange is the same in every run, and a change of single bytes
 * keeps a value whole or removes it.
 */
const names = [
  ...['hub host', 'servers host', 'hub url', 'servers url', 'name', 'path', 'other path', 'server', 'launch'],
  ...['seat', 'session', 'admin session', 'ticket', 'forged seat', 'forged session'],
  ...[
    'user token',
    'admin token',
    'server token',
    'culler token',
    'proxy token',
    'forged token',
    'forged server token',
  ],
] as const

export type PlaceholderName = (typeof names)[number]
export type PlaceholderValues = Record<PlaceholderName, string>

const first = 0xe000

export function placeholder(name: PlaceholderName): string {
  return String.fromCharCode(first + names.indexOf(name))
}

export function fill(template: string, words: PlaceholderValues): string {
  return template.replace(/[\ue000-\uf8ff]/g, (char) => words[names[char.charCodeAt(0) - first] ?? 'name'])
}

/** Returns a text for people: escaped, with the names of placeholders, and with long repetitions counted. */
export function show(template: string): string {
  const short = template.replace(/([\s\S]{1,24}?)\1{11,}/g, (run: string, part: string) => {
    const rest = run.length % part.length
    return `⟦${part}×${Math.floor(run.length / part.length)}⟧${rest === 0 ? '' : part.slice(0, rest)}`
  })
  return short.replace(/[^\x20-\x7e⟦×⟧]|\\/g, (char) => {
    const code = char.charCodeAt(0)
    if (code >= first) return `<${names[code - first]}>`
    const plain = { '\r': '\\r', '\n': '\\n', '\t': '\\t', '\\': '\\\\' }[char]
    return plain ?? `\\x${code.toString(16).padStart(2, '0')}`
  })
}
