/** Turns errors of zod, Node and plug-ins about a config file into lines for the person who wrote it. */
import { z } from 'zod'
import { unknownWord } from '../net/settings/read.ts'
import { settingLines } from './setting-lines.ts'
import { emptyVariable, type Source } from './source.ts'

/** Returns a line per problem of a config file: where it is, what it is, and what to do. No line comes twice. */
export function describeProblems(issues: z.core.$ZodIssue[], source: Source): string[] {
  const lineOf = settingLines(source.text)
  return describeIssues(issues, source, 'the default export', (path) => {
    const line = lineOf(path)
    return line === undefined ? pathOf(path) : `${pathOf(path)}, line ${line}`
  })
}

function describeIssues(
  issues: z.core.$ZodIssue[],
  source: Source,
  root: string,
  placeOf: (path: PropertyKey[]) => string,
): string[] {
  const lines = issues.flatMap(unfolded).flatMap((issue) => {
    const where = placeOf(issue.path) || root
    if (issue.code === 'unrecognized_keys') return unknownKeys(issue, placeOf)
    if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => `${where}: ${message}`)
    const refusal = issue.code === 'custom' ? issue.params?.refusal : undefined
    if (refusal !== undefined) return whyRefused(refusal, source).map((line) => `${pathOf(issue.path)}, ${line}`)
    return [`${where}: ${withVariable(messageOf(issue), issue.path, source)}`]
  })
  return [...new Set(lines)]
}

/** Returns each problem with its place, in the same words, for who mends it in another way than in a file. */
export function problemsByPlace(issues: z.core.$ZodIssue[]): [path: (string | number)[], message: string][] {
  return issues.flatMap(unfolded).flatMap((issue) => {
    const path = issue.path.map((name) => (typeof name === 'number' ? name : String(name)))
    if (issue.code === 'invalid_key')
      return issue.issues.map(({ message }): [(string | number)[], string] => [path, message])
    if (issue.code !== 'unrecognized_keys') return [[path, messageOf(issue)]]
    return issue.keys.map((key, index): [(string | number)[], string] => [[...path, key], hintOf(issue, index)])
  })
}

/** Returns the issues inside the one form that a value has, of several that it may have; and the issue itself of a value that has none. */
function unfolded(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const inside = ({ path, code }: z.core.$ZodIssue) => path.length > 0 || code === 'unrecognized_keys'
  const [meant, another] = issue.errors.filter((issues) => issues.every(inside))
  if (meant === undefined || another !== undefined) return [issue]
  return meant.map((one) => ({ ...one, path: [...issue.path, ...one.path] })).flatMap(unfolded)
}

/** Returns why a module could not be imported: not found, no TypeScript, or a plug-in that refused its options. */
export function whyNotLoaded(error: unknown, source: Source): string[] {
  const at = lineIn(error, source.file)
  const where = at === undefined ? '' : `line ${at}: `
  if (issuesIn(error) !== undefined) return whyRefused(error, source)
  if (!(error instanceof Error)) return [`it threw ${String(error)}`]
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') {
    const remedy =
      'Plug-ins are imported from carrel/spawners/… and carrel/authenticators/…, or installed beside the file.'
    return [`${where}${firstLine(error.message)}. ${remedy}`]
  }
  if (error.name === 'SyntaxError' || code.includes('TYPESCRIPT')) {
    return [`${where}it is not valid TypeScript: ${firstLine(error.message)}`]
  }
  return [`${where}${error.message}`]
}

/** Returns what a plug-in does not like about its options, a line for each of them. */
function whyRefused(refusal: unknown, source: Source): string[] {
  const line = lineIn(refusal, source.file)
  const where = line === undefined ? '' : `line ${line}: `
  const issues = issuesIn(refusal)
  if (issues === undefined) return [`${where}${refusal instanceof Error ? refusal.message : String(refusal)}`]
  const from = line === undefined ? source : { ...source, line: Number(line) }
  const lines = describeIssues(issues, from, 'options', pathOf)
  return lines.map((text) => where + (text.startsWith('options: ') ? text : `option ${text}`))
}

/** Returns the issues of an error of zod. A plug-in may carry its own copy of zod. */
function issuesIn(error: unknown): z.core.$ZodIssue[] | undefined {
  return error instanceof Error && 'issues' in error && Array.isArray(error.issues) ? error.issues : undefined
}

function unknownKeys(issue: z.core.$ZodIssueUnrecognizedKeys, placeOf: (path: PropertyKey[]) => string): string[] {
  return issue.keys.map((key, index) => `${placeOf([...issue.path, key])}: ${hintOf(issue, index)}`)
}

/** Returns what is to be done about one of the unknown keys. */
function hintOf({ keys, message }: z.core.$ZodIssueUnrecognizedKeys, index: number): string {
  const hints = message.split('\n')
  const isHinted = hints.length === keys.length && hints.every((hint) => hint.startsWith(unknownWord))
  return (isHinted ? hints[index] : undefined) ?? `${unknownWord}; correct its spelling or remove it`
}

/** Names the environment variable from which an empty or missing setting comes, if the file says so. */
function withVariable(message: string, path: PropertyKey[], source: Source): string {
  if (!/^is (empty|missing)\b/.test(message)) return message
  const setting = path.findLast((name) => typeof name === 'string')
  const variable = setting === undefined ? undefined : emptyVariable(source, String(setting))
  if (variable === undefined) return message
  return `the environment variable ${variable} is ${source.env[variable] === undefined ? 'not set' : 'empty'}`
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union') {
    const all = issue.errors.flat().map(messageOf)
    const hinted = all.filter((message) => message.includes('; did you mean'))
    const telling = all.filter((message) => !/^must be|^is missing/.test(message))
    const best = [hinted, telling, all].find(({ length }) => length > 0) ?? []
    return [...new Set(best)].join(', or ') || issue.message
  }
  return issue.message
    .replace(/^Invalid input: expected (.*), received undefined$/, 'is missing (expected: $1)')
    .replace(/^Invalid input: expected (.*), received (.*)$/, 'must be of type $1, not $2')
    .replace(/^Invalid (?:input|option): expected /, 'must be ')
    .replace(/^Too small: expected (?:string|array) to have >=1 (?:characters|items)$/, 'is empty')
    .replace(/^Too (big|small): expected \w+ to (?:be|have) /, 'is too $1: must be ')
}

function pathOf(path: PropertyKey[]): string {
  return path.length === 0 ? '' : z.core.toDotPath(path as (string | number)[])
}

/** Returns the file's line number in a stack trace, or in the excerpt at the head of a syntax error. */
function lineIn(error: unknown, file: string): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const at = stack.indexOf(`${file}:`)
  return at === -1 ? undefined : /^\d+/.exec(stack.slice(at + file.length + 1))?.[0]
}

function firstLine(text: string): string {
  return text.split('\n')[0]?.trim() ?? text
}
