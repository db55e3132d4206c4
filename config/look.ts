/** Looks at what a config promises, for `config check`, `start`, `hub` and `doctor` alike. */
import { readFile } from 'node:fs/promises'
import { buildNamed } from '../courses/built-image.ts'
import type { Course } from '../courses/course.ts'
import { startedCommand } from '../courses/programs.ts'
import { everySettled } from '../courses/settled.ts'
import { startFile } from '../courses/start.ts'
import type { CheckedCourse, Look } from '../spawners/spawner.ts'
import type { Config } from './config.ts'
import { type PublicUrls, warningsOf } from './warnings.ts'

export interface LookResult {
  check: string
  verdict: Look['verdict']
  /** What was found, with the remedy for a problem. */
  message: string
}

/** The most seconds that a look may take: one at this machine alone, on which a start waits, and one that asks others. */
const mostSeconds = { alone: 5, asking: 60 }

/**
 * Returns what an operator should know of a config, as texts: what is wrong or idle in it, and which courses cannot start
 * as far as this machine alone can tell. Asks nothing else, so that a start waits for nothing.
 */
export async function warningTexts(config: Config, urls: PublicUrls, signal: AbortSignal): Promise<string[]> {
  const limit = limited(signal, mostSeconds.alone)
  const looks = await Promise.all([lookAtDatabase(config, limit), lookAtCourses(config, false, limit)])
  signal.throwIfAborted()
  return [
    ...warningsOf(config, urls).map(({ message }) => message),
    ...looks
      .flat()
      .filter(({ verdict }) => verdict === 'problem')
      .map(({ check, message }) => `${check}: ${message}`),
  ]
}

/** Returns the same, and what engine, cluster, registries and identity providers answer. Fetches and makes nothing. */
export async function lookAt(config: Config, urls: PublicUrls, signal: AbortSignal): Promise<LookResult[]> {
  const limit = limited(signal, mostSeconds.asking)
  const looks = await Promise.all([
    lookAtDatabase(config, limit),
    lookAtCourses(config, true, limit),
    ...lookAtProviders(config, limit),
  ])
  signal.throwIfAborted()
  return [
    ...warningsOf(config, urls).map((warning): LookResult => ({ ...warning, verdict: 'problem' })),
    ...looks.flat(),
  ]
}

function limited(signal: AbortSignal, seconds: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)])
}

/** Looks whether the file with the database's password is there. Whether it is the right one, only a hub finds out. */
async function lookAtDatabase({ database }: Config, signal: AbortSignal): Promise<LookResult[]> {
  if (typeof database !== 'object') return []
  const why = await within(signal, readFile(database.passwordFile, 'utf8')).then(
    (text) => (text.trim() === '' ? `${database.passwordFile} is empty` : undefined),
    messageOf,
  )
  if (why === undefined) return []
  const remedy = "Put the database's password there, in a file that the hub's account may read."
  return [{ check: 'database', verdict: 'problem', message: `database.passwordFile: ${why}. ${remedy}` }]
}

async function lookAtCourses({ spawner, courses }: Config, ask: boolean, signal: AbortSignal): Promise<LookResult[]> {
  const all = distinct(Object.values(courses).flatMap(everySettled).map(checked))
  const check = `spawner ${spawner.name}`
  if (spawner.check === undefined) {
    return ask ? [{ check, verdict: 'unknown', message: 'it cannot tell whether its courses can start' }] : []
  }
  try {
    const looks = await within(signal, spawner.check({ courses: all, ask, signal }))
    // What is so with the settings of a course may be so with those of its rules, too.
    return distinct(
      looks.map(({ course, verdict, message }) => ({
        check: course === undefined ? check : `course ${course}`,
        verdict,
        message,
      })),
    )
  } catch (error) {
    return [{ check, verdict: 'unknown', message: `whether courses can start: ${messageOf(error)}` }]
  }
}

function checked(course: Course): CheckedCourse {
  const { name, image, home, env, options } = course
  return {
    ...{ name, start: startFile(course), command: startedCommand(course), env },
    ...(buildNamed(image) === undefined && { image }),
    ...(home && { home }),
    ...(Object.keys(options).length > 0 && { options }),
  }
}

function distinct<T>(all: T[]): T[] {
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()]
}

function lookAtProviders({ authenticators }: Config, signal: AbortSignal): Promise<LookResult[]>[] {
  const all = authenticators.flatMap((one) => (one.kind === 'temporary' && one.behind ? [one, one.behind] : [one]))
  return all.map(async (one): Promise<LookResult[]> => {
    if (one.check === undefined) return []
    const check = `sign-in ${one.name}`
    try {
      const problem = await within(signal, one.check(signal))
      return [
        problem === undefined
          ? { check, verdict: 'ok', message: 'answers' }
          : { check, verdict: 'problem', message: problem },
      ]
    } catch (error) {
      return [{ check, verdict: 'unknown', message: `whether people can sign in: ${messageOf(error)}` }]
    }
  })
}

/** Returns the answer of a plug-in, or rejects when it takes no notice of the signal. */
async function within<T>(signal: AbortSignal, answer: Promise<T>): Promise<T> {
  const over = Promise.withResolvers<never>()
  const end = () => over.reject(new Error('no answer came in time'))
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  try {
    return await Promise.race([answer, over.promise])
  } finally {
    signal.removeEventListener('abort', end)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
