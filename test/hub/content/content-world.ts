import { findContent } from '../../../hub/db/content/brought.ts'
import type { Database } from '../../../hub/db/dialect.ts'
import { type ContentPull, latestJobs } from '../../../hub/db/jobs/jobs.ts'
import type { Cleanup } from '../../helpers/cleanup.ts'
import { type GitHost, type GitHostOptions, startGitHost } from '../../helpers/git/git-host.ts'
import { makeRepositories, type Repositories, type TestRepository } from '../../helpers/git/repositories.ts'
import { until } from '../../helpers/until.ts'

/** A host of git with a repository of a course, and a course that has its content. */
export interface ContentWorld {
  repositories: Repositories
  course: TestRepository
  host: GitHost
  url: string
  /** Settings of a hub that has a course `demo` with this content, and may reach the host. */
  config: {
    git: { hosts: string[] }
    courses: Record<string, { image: string; content: { git: string; pullMinutes: false | number; ref?: string } }>
  }
}

export async function openContentWorld(cleanup: Cleanup, options: Partial<GitHostOptions> = {}): Promise<ContentWorld> {
  const repositories = await makeRepositories(cleanup)
  const course = await repositories.make('course')
  const host = await startGitHost(cleanup, { folder: repositories.folder, ...options })
  const url = `${host.url}/course.git`
  const config: ContentWorld['config'] = {
    git: { hosts: ['127.0.0.1'] },
    courses: { demo: { image: 'stats', content: { git: url, pullMinutes: false } } },
  }
  return { repositories, course, host, url, config }
}

/** Returns a notebook of Jupyter's format with this title. */
export function notebook(title: string, text = 'Hello'): string {
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { nbhosting: { title }, kernelspec: { name: 'python3', display_name: 'Python 3' } },
    cells: [{ cell_type: 'markdown', metadata: {}, id: 'a', source: [text] }],
  })
}

export async function lastPull(db: Database, course = 'demo'): Promise<ContentPull | undefined> {
  return (await latestJobs(db, 'content', [course])).get(course)
}

/**
 * Resolves with the last pull of a course when none of it is under way any more, and another one than `after` has ended. A hub
 * with its log has carried it, and knows by then what it has brought: the database tells that a moment earlier.
 */
export async function pullEnded(
  { db, log }: { db: Database; log?: readonly string[] },
  after = 0,
  course = 'demo',
): Promise<ContentPull> {
  const pull = await until(async () => {
    const last = await lastPull(db, course)
    return last !== undefined && last.id > after && ['pulled', 'failed'].includes(last.state) && last
  })
  const isOfIt = (line: string) => line.includes('"a pull has ended"') && JSON.parse(line).job === pull.id
  if (log !== undefined) await until(() => log.some(isOfIt), `the hub has ended pull ${pull.id}`)
  return pull
}

/** Returns the commit of a course that counts, with the paths of its index. */
export async function counting(db: Database, course = 'demo') {
  const content = await findContent(db, course)
  const rows = await db('notebooks').where({ course }).orderBy('path')
  return { commit: content?.commit, paths: rows.map(({ path }) => path), content }
}
