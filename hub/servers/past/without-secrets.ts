import { stripVTControlCharacters } from 'node:util'
import { mostLines } from '../../db/runs/runs.ts'

const longestLine = 500

/** A shorter value would be found in many words by chance. */
const shortestSecret = 6

const names = '(?:token|passw(?:or)?d|passphrase|secret|api[_-]?key|access[_-]?key|private[_-]?key|credential)'

/** What looks like a secret, also one of others: `API_TOKEN=…`, `"password": "…"`, `Authorization: Bearer …`, and names in addresses. */
const shapes: [shape: RegExp, kept: string][] = [
  [/carrel-[a-z]+-[\w-]{20,}/g, '…'],
  [/\b(authorization["']?\s{0,4}[:=]\s{0,4}["']?(?:bearer|token|basic)\s{1,4})[^\s"']+/gi, '$1…'],
  [
    new RegExp(
      `((?:${names})[\\w-]{0,40}["']?\\s{0,4}[=:]\\s{0,4}["']?)(?!\\s|…|(?:none|null|true|false)\\b)[^\\s"'&,;)]+`,
      'gi',
    ),
    '$1…',
  ],
  [/(\/\/)[^/\s:@]{1,200}:[^/\s@]{1,200}@/g, '$1…@'],
]

/** Returns a text of a program in which these secrets, and what looks like one, are cut out. Pure. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const values = secrets
    .flatMap((value) => value.split(/\r?\n/))
    .flatMap((value) => [value, encodeURIComponent(value.toWellFormed())])
    .filter((value) => value.length >= shortestSecret)
    .toSorted((a, b) => b.length - a.length)
  const exact = values.reduce((left, value) => left.replaceAll(value, '…'), text)
  return shapes.reduce((left, [shape, kept]) => left.replaceAll(shape, kept), exact)
}

/** Returns the last lines of a program as they are kept: few, short, without colours and secrets. Pure. */
export function keptLines(lines: readonly string[], secrets: readonly string[]): string[] {
  // Secrets go first: a line that is cut may end within one.
  const plain = stripVTControlCharacters(withoutSecrets(lines.slice(-mostLines.count).join('\n'), secrets))
  const kept: string[] = []
  let left = mostLines.characters
  for (const line of plain.split('\n').toReversed()) {
    const short = line.length > longestLine ? `${line.slice(0, longestLine)}…` : line
    left -= short.length + 1
    if (left < 0) break
    kept.unshift(short)
  }
  return kept.length === 1 && kept[0] === '' ? [] : kept
}
