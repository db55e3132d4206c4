/** Turns errors of zod, Node and plug-ins about a config file into lines for the person who wrote it. */
import { z } from 'zod'

/** Returns a line per problem: where it is, what it is, and what to do. */
export function describeIssues(issues: z.core.$ZodIssue[]): string[] {
  return issues.flatMap((issue) => {
    const where = pathOf(issue.path)
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map(
        (key) => `${pathOf([...issue.path, key])}: is not a setting here; correct its spelling or remove it`,
      )
    }
    if (issue.code === 'invalid_key') return [`${where}: ${issue.issues.map(({ message }) => message).join('; ')}`]
    return [`${where === '' ? 'the default export' : where}: ${messageOf(issue)}`]
  })
}

/** Returns why a module could not be imported: not found, no TypeScript, or a plug-in that refused its options. */
export function whyNotLoaded(error: unknown, file: string): string[] {
  const at = lineIn(error, file)
  const where = at === undefined ? '' : `line ${at}: `
  // A plug-in may carry its own copy of zod.
  if (error instanceof Error && 'issues' in error && Array.isArray(error.issues)) {
    return describeIssues(error.issues).map((line) => `${where}option ${line}`)
  }
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

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union') {
    const all = issue.errors.flat().map(messageOf)
    const telling = all.filter((message) => !/^must be|^is missing/.test(message))
    return [...new Set(telling.length > 0 ? telling : all)].join(', or ') || issue.message
  }
  return issue.message
    .replace(/^Invalid input: expected (.*), received undefined$/, 'is missing (expected: $1)')
    .replace(/^Invalid input: expected (.*), received (.*)$/, 'must be of type $1, not $2')
    .replace(/^Invalid (?:input|option): expected /, 'must be ')
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
