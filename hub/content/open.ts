import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Config } from '../../config/config.ts'
import type { Git } from '../../git/git.ts'
import { openGit } from '../../git/open.ts'
import type { HubCounters } from '../metrics/counters.ts'

/** What a hub has that brings the content of courses. */
export interface HubContent {
  git: Git
  close(): Promise<void>
}

interface Opening {
  config: Pick<Config, 'git' | 'limits'>
  counters: Pick<HubCounters, 'mirrorBytes'>
  dataDir: string
  log: Logger
  /** In place of the system's git. */
  git?: Git | undefined
}

/** The most of a repository, in words for staff where it is more. */
const gitRules = { maxBytes: 2 * 2 ** 30, maxFiles: 100_000, seconds: 900 }

/** Opens the mirrors of courses. Nothing is asked of the machine before a course has content. */
export function openContent({ config, counters, dataDir, log, git: given }: Opening): HubContent {
  const git =
    given ??
    openGit({
      folder: join(dataDir, 'git'),
      rules: { ...gitRules, hosts: config.git.hosts },
      mostOnDisk: config.limits.gitMirrors,
      measured: (bytes) => void counters.mirrorBytes.set('courses', bytes),
      log: (message) => log.warn({ part: 'content' }, message),
    })
  return { git, close: () => git.close() }
}
