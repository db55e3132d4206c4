/**
 * Finds settings in the text of a config file. The file is a program, so this is a reading of what stands there, not of
 * what it computes: settings that come from a variable or a spread have no line of their own.
 */

/** Returns the line in which a setting stands, or else the one of the setting around it; undefined for neither. */
export type LineOf = (path: readonly PropertyKey[]) => number | undefined

export function settingLines(text: string): LineOf {
  const lines = readLines(text)
  return function lineOf(path): number | undefined {
    if (path.length === 0) return undefined
    return lines.get(JSON.stringify(path)) ?? lineOf(path.slice(0, -1))
  }
}

/** Comments, texts, names and single characters. */
const token =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|`(?:\\[\s\S]|[^`\\])*`|'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"|[\p{ID_Start}$_][\p{ID_Continue}$]*|\d+|[\s\S]/gu

/** A pair of brackets that is open. `path` is the place of its value; undefined where that is no setting. */
interface Open {
  bracket: string
  path: PropertyKey[] | undefined
  /** The key whose value is being read, in an object. */
  key: string | undefined
  /** How many values of a list have been read. */
  index: number
}

function readLines(text: string): Map<string, number> {
  const lines = new Map<string, number>()
  const begin = /\bexport\s+default\s+(?:defineConfig\s*\(\s*)?(?=\{)/.exec(text)
  if (begin === null) return lines
  const start = begin.index + begin[0].length
  let line = text.slice(0, start).split('\n').length
  const open: Open[] = []
  let word: string | undefined
  for (const [part] of text.slice(start).matchAll(token)) {
    const top = open.at(-1)
    if (/^[{[(]$/.test(part)) open.push({ bracket: part, path: valueIn(top), key: undefined, index: 0 })
    else if (/^[}\])]$/.test(part)) {
      open.pop()
      if (open.length === 0) return lines
    } else if (part === ',' && top !== undefined) {
      top.key = undefined
      top.index += 1
    } else if (part === ':' && top?.bracket === '{' && top.key === undefined && word !== undefined) {
      top.key = word
      const path = valueIn(top)
      if (path !== undefined) lines.set(JSON.stringify(path), line)
    }
    if (/^['"\p{ID_Start}$_\d]/u.test(part)) word = part.replace(/^(['"])(.*)\1$/s, '$2')
    else if (!/^(?:\s|\/[/*])/.test(part)) word = undefined
    line += part.split('\n').length - 1
  }
  return lines
}

/** Returns the place of the value that is read inside these brackets. What a plug-in is called with has the plug-in's. */
function valueIn(top: Open | undefined): PropertyKey[] | undefined {
  if (top === undefined) return []
  const { bracket, path, key, index } = top
  if (path === undefined) return undefined
  if (bracket === '[') return [...path, index]
  if (bracket === '(') return index === 0 ? path : undefined
  return key === undefined ? undefined : [...path, key]
}
