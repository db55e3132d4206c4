/** Asks the repositories of the config's courses whether they are there. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Course } from '../../courses/course.ts'
import { openGit } from '../../git/open.ts'
import type { Config } from '../config.ts'
import type { LookResult } from '../look.ts'

/** As many repositories are asked at once. */
const atOnce = 4
/** The longest time of one question. */
const seconds = 30

/** Returns whether each course's repository answers, and has what the course names. Fetches nothing, and knows no keys. */
export async function lookAtContent(
  config: Pick<Config, 'courses' | 'git'>,
  signal: AbortSignal,
): Promise<LookResult[]> {
  const courses = Object.values(config.courses).filter(
    ({ content, variantOf }) => content !== undefined && variantOf === undefined,
  )
  if (courses.length === 0) return []
  const folder = await mkdtemp(join(tmpdir(), 'carrel-look-'))
  const rules = { hosts: config.git.hosts, maxBytes: 2 ** 20, maxFiles: 1, seconds }
  const git = openGit({ folder, rules, mostOnDisk: 2 ** 20 })
  try {
    const found: LookResult[] = []
    const waiting = [...courses]
    const work = async () => {
      for (let course = waiting.shift(); course !== undefined; course = waiting.shift())
        found.push(await lookAtOne(course))
    }
    await Promise.all(Array.from({ length: atOnce }, work))
    return found.sort((a, b) => (a.check < b.check ? -1 : 1))
  } finally {
    await git.close()
    await rm(folder, { recursive: true, force: true })
  }

  async function lookAtOne({ name, content }: Course): Promise<LookResult> {
    const check = `content of ${name}`
    try {
      const source = { url: content?.git ?? '', ref: content?.ref }
      const commit = await git.resolve(source, { signal })
      return { check, verdict: 'ok', message: `the repository is at ${commit}` }
    } catch (error) {
      signal.throwIfAborted()
      const { message } = error as Error
      const isClosed = /private|known ones|deploy key/.test(message)
      return isClosed
        ? { check, verdict: 'unknown', message: `${message} The key that the hub may have for it is not known here.` }
        : { check, verdict: 'problem', message }
    }
  }
}
