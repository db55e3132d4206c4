import { withoutEscapes } from '../../../net/terminal/escapes.ts'
import { mostLines } from '../../db/runs/runs.ts'

const longestLine = 500
/** How much of a line is looked at. What comes after it would be cut off, unless most of the line is colours. */
const longestRead = 2000

/** From this length on a value is cut out anywhere. A shorter one would be found in many words by chance, and goes as a word of its own. */
const findable = 6
const shortest = 3

const names = '(?:token|passw(?:or)?d|passphrase|secret|api[_-]?key|access[_-]?key|private[_-]?key|credential)'
/** A quote, also within JSON that is itself a text of JSON. */
const quote = '\\\\{0,7}["\']'
/** What stands between such a name and its value: `=`, `": "`, or a space after an option of a command. */
const between = [
  `(?:${quote}\\]?)?[ \\t]{0,4}[=:]{1,2}>?[ \\t]{0,4}`,
  `(?=["'\\\\, \\t])(?<=(?<![\\w-])--?[\\w.-]{1,80})(?:${quote})?,?[ \\t]{1,4}(?!-)`,
].join('|')
const before = `(?:${names})[\\w-]{0,40}(?:${between})`
/** Words for no value. They are kept, since they may be why a program has ended. */
const no = `(?!(?:none|null|true|false)\\.?(?:[\\s"'\\\\,;&)}\\]]|$))`

/** What looks like a secret, also one of others: `API_TOKEN=…`, `"password": "…"`, `Authorization: Bearer …`, and names in addresses. */
const shapes: [shape: RegExp, kept: string][] = [
  [/carrel-[a-z]+-[\w-]{20,}/g, '…'],
  [
    new RegExp(
      `\\b(authorization(?:${quote})?[ \\t]{0,4}[:=][ \\t]{0,4}(?:${quote})?(?:bearer|token|basic)[ \\t]{1,4})[^\\s"'\\\\]+`,
      'gi',
    ),
    '$1…',
  ],
  // In quotes a value may have spaces. It goes up to the same quote, or to the end of its line.
  [new RegExp(`(${before}[bru]{0,2}(["']))${no}(?:\\\\.|(?!\\2)[^\\\\\\n])+`, 'gi'), '$1…'],
  [new RegExp(`(${before}(\\\\{1,7}["']))${no}(?:(?!\\2)[^\\n])+`, 'gi'), '$1…'],
  [new RegExp(`(${before})(?![bru]{0,2}${quote})${no}[^\\s"'…&,;)]+`, 'gi'), '$1…'],
  [/(\/\/)[^/\s]{1,400}@/g, '$1…@'],
]

/** Returns a text of a program without colours, and with these secrets, and what looks like one, cut out. Pure. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  // What acts on a terminal goes first: a colour may stand within a secret, or between its name and its value.
  const values = secrets
    .flatMap((value) => plain(value).split('\n'))
    .flatMap(writtenForms)
    .toSorted((a, b) => b.length - a.length)
  const exact = values.reduce(withoutValue, plain(text))
  return shapes.reduce((left, [shape, kept]) => left.replaceAll(shape, kept), exact)
}

function plain(text: string): string {
  return withoutEscapes(text)
    .replaceAll('\r\n', '\n')
    .replace(/(?![\n\r\t])\p{Cc}/gu, '')
}

/** Returns a value as it is, and as addresses, JSON, and programs that show a text in quotes write it. */
function writtenForms(value: string): string[] {
  const sound = value.toWellFormed()
  return [value, encodeURIComponent(sound), JSON.stringify(sound).slice(1, -1), value.replaceAll('\\', '\\\\')]
}

function withoutValue(text: string, value: string): string {
  if (value.length >= findable) return text.replaceAll(value, '…')
  if (value.length < shortest) return text
  return text.replace(new RegExp(`(?<![\\p{L}\\p{N}_])${RegExp.escape(value)}(?![\\p{L}\\p{N}_])`, 'gu'), '…')
}

/** Returns the last lines of a program as they are kept: few, short, without colours and secrets. Pure. */
export function keptLines(lines: readonly string[], secrets: readonly string[]): string[] {
  // Secrets go before lines are cut to what is shown: a line that is cut may end within one.
  const read = lines.slice(-mostLines.count).map((line) => line.slice(0, longestRead))
  const kept: string[] = []
  let left = mostLines.characters
  for (const line of withoutSecrets(read.join('\n'), secrets).split('\n').toReversed()) {
    const short = line.length > longestLine ? `${line.slice(0, longestLine)}…` : line
    left -= short.length + 1
    if (left < 0) break
    kept.unshift(short)
  }
  return kept.length === 1 && kept[0] === '' ? [] : kept
}
