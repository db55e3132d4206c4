/** Calls functions of the config, which may throw anything, answer anything, and take for ever. */
import { z } from 'zod'
import { spellingHints } from '../../net/settings/read.ts'
import { messageOf } from '../errors.ts'

/** How long a call may take, and what ends it before. */
export interface CallLimits {
  signal: AbortSignal
  seconds: number
}

/**
 * Calls a hook and resolves with what it returns. Rejects with what it throws, with an error about the time when it takes too
 * long, and with the signal's reason when that aborts. A hook that goes on nevertheless is left to itself.
 */
export async function callHook(
  name: string,
  call: (signal: AbortSignal) => unknown,
  { signal, seconds }: CallLimits,
): Promise<unknown> {
  signal.throwIfAborted()
  const over = new AbortController()
  const ended = Promise.withResolvers<never>()
  const end = (reason: unknown) => {
    over.abort(reason)
    ended.reject(reason)
  }
  const stop = () => end(signal.reason)
  const timer = setTimeout(
    () => end(new Error(`hooks.${name} has taken more than ${seconds} seconds (hooks.timeoutSeconds)`)),
    seconds * 1000,
  )
  signal.addEventListener('abort', stop)
  try {
    return await Promise.race([ended.promise, (async () => call(over.signal))()])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}

/** Reads what a hook has returned. The error of another form names what is wrong, and never a value, which may be secret. */
export function readAnswer<T extends z.ZodType>(name: string, schema: T, answer: unknown): z.output<T> | undefined {
  if (answer === undefined || answer === null) return undefined
  const { data, error } = schema.safeParse(answer, { error: spellingHints })
  if (error === undefined) return data
  const problems = error.issues.map((issue) => {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []
    const place = z.core.toDotPath([...issue.path, ...keys].map((part) => String(part).slice(0, 100)))
    const message = issue.code === 'invalid_key' ? issue.issues.map((one) => one.message).join('; ') : issue.message
    return `${place || 'the answer'}: ${message}`
  })
  throw new Error(`hooks.${name} has returned what it may not: ${[...new Set(problems)].join('; ')}`)
}

/** Returns what was thrown, in words. It may be anything. */
export function reasonOf(thrown: unknown): string {
  if (thrown instanceof Error) return messageOf(thrown)
  try {
    return `it has thrown ${String(thrown)}`
  } catch {
    return 'it has thrown something that has no words'
  }
}

/**
 * Returns what the log says of what was thrown: its words and where it was thrown, and nothing that a program has put into
 * the error beside these, such as the headers of a request with a token in them.
 */
export function logged(thrown: unknown): { reason: string; stack?: string } {
  const { stack } = thrown instanceof Error ? thrown : {}
  return { reason: reasonOf(thrown), ...(typeof stack === 'string' && { stack }) }
}

/** Returns a text of a hook as one line without anything that would change how the text around it reads. */
export function inOneLine(text: string, length: number): string {
  const line = text.replace(/[\p{Cc}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069\s]+/gu, ' ').trim()
  return line.slice(0, length).toWellFormed().trim()
}
