/**
 * IPython's magics in scripts: Jupytext writes `%matplotlib` and `!ls` as comments, so that the script is Python.
 *
 * What counts as a magic is Jupytext's table. Each expression is linear in the length of a line.
 */
import { commentOf, usualLanguage } from './languages.ts'
import { StringParser } from './strings.ts'

const comments = '\\s*(?:# |#)*'
const percent = new RegExp(`^${comments}%{1,3}[a-zA-Z]`)
const forced = new RegExp(`^${comments}%{1,3}[a-zA-Z].*#\\s*escape`)
const prevented = new RegExp(`^${comments}%{1,3}[a-zA-Z].*#\\s*noescape`)
const helpOrShell = /^\s*(?:(?:# |#)+\s*)?[?!]\s*[A-Za-z.~$\\/{}]/
const assignment = /^(?:# |#)*\s*[a-zA-Z_][a-zA-Z_$0-9]*\s*=\s*(?:%{1,3}|!)[a-zA-Z]/
const command = /^(?:# |#)*(?:cat|cd|cp|mv|rm|rmdir|mkdir|copy|ddir|echo|ls|ldir|ren)(?:$|\s$|\s[^=,])/
const helpAtEnd = /^\s*(?:# )*\S*\?\s*$/
const continued = /\\\s*$/
const codeStart = /^(?:# |#)*(?:#|# )\+/

/**
 * Tells whether a line is a magic, or a comment that stands for one. `name?` is one only in a cell that is marked as code.
 * Of languages but Python only those whose comments begin with `#` are known, and of them `%name`.
 */
export function isMagic(line: string, isMarked: boolean, language = 'python'): boolean {
  const usual = usualLanguage(language)
  if (commentOf(usual) !== '#') return false
  if (forced.test(line)) return true
  if (prevented.test(line)) return false
  if (usual !== 'python') return percent.test(line)
  return (
    percent.test(line) ||
    helpOrShell.test(line) ||
    assignment.test(line) ||
    (isMarked && helpAtEnd.test(line)) ||
    command.test(line)
  )
}

/** Returns the lines of a code cell as Jupyter has them: comments that stand for magics are magics again. */
export function withMagics(lines: readonly string[], isMarked: boolean, language: string): string[] {
  return changed(lines, isMarked, language, unescaped)
}

/** Returns the lines of a code cell as a script has them. */
export function withoutMagics(lines: readonly string[], language: string): string[] {
  return changed(lines, true, language, (line, isContinued) => {
    const text = isContinued ? line : line.trimStart()
    return `${line.slice(0, line.length - text.length)}# ${text}`
  })
}

/** Takes one `# ` from comments that would be marks of cells if one more were missing. */
export function withCodeStarts(lines: readonly string[], language: string): string[] {
  const strings = new StringParser(language)
  return lines.map((line) => {
    const isQuoted = strings.isQuoted
    let result = line
    if (!isQuoted && codeStart.test(line) && codeStart.test(unescaped(line))) result = unescaped(line)
    strings.read(line)
    return result
  })
}

export function withoutCodeStarts(lines: readonly string[], language: string): string[] {
  const strings = new StringParser(language)
  return lines.map((line) => {
    const result = !strings.isQuoted && codeStart.test(line) ? `# ${line}` : line
    // Jupytext goes on with the line as it was.
    strings.read(line)
    return result
  })
}

function changed(
  lines: readonly string[],
  isMarked: boolean,
  language: string,
  act: (line: string, isContinued: boolean) => string,
): string[] {
  const strings = new StringParser(language)
  let isContinued = false
  return lines.map((line) => {
    const isIt = !strings.isQuoted && (isContinued || isMagic(line, isMarked, language))
    const result = isIt ? act(line, isContinued) : line
    if (isIt) isContinued = language === 'python' && continued.test(line)
    strings.read(line)
    return result
  })
}

function unescaped(line: string): string {
  const text = line.trimStart()
  const indent = line.slice(0, line.length - text.length)
  if (text.startsWith('# ')) return indent + text.slice(2)
  return text.startsWith('#') ? indent + text.slice(1) : line
}
