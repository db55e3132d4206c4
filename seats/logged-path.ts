import { learnerPrefix } from '../net/machine/account-names.ts'
import { learnerVerbs } from './links.ts'

const longest = 500
/** Finds learners' names. A server's path writes the colon as `~3a`; an address of the API may write it as `%3A`. */
const learnersPages = new RegExp(
  `/(users?|spawn|spawn-pending|stop)/${learnerPrefix.replace(':', '(?:~3a|%3a|:)')}[^/]*`,
  'i',
)
/** Finds learners' names in those of guests' workspaces (`guestWorkspace`). */
const learnersWorkspaces = new RegExp(`/workspaces/${learnerPrefix.replace(':', '-')}[^/]*`, 'i')
const learnerLinks = new RegExp(`/(${learnerVerbs.join('|')})/.*`)

/**
 * Returns a path as logs may show it, without launch ids, learners' ids, and the addresses of shared copies and those that hosts of git call. A launch's id shows its progress to anyone
 * who has it, and a learner's id identifies a person. The path must not contain a query.
 */
export function loggedPath(path: string): string {
  return path
    .slice(0, longest)
    .replace(/\/launches\/[^/]+/, '/launches/…')
    .replace(/\/hub\/hooks\/[^/]+/, '/hub/hooks/…')
    .replace(/\/snapshots\/[^/]+/, '/snapshots/…')
    .replace(learnerLinks, '/$1/…')
    .replace(learnersPages, '/$1/lms…')
    .replace(learnersWorkspaces, '/workspaces/lms…')
    .slice(0, longest)
}
