import { learnerPrefix } from '../net/account-names.ts'
import { learnerVerbs } from './links.ts'

const longest = 500
/** A server's path writes the colon of a name as `~3a`, an address of the API may write it as `%3A`. */
const learnersPages = new RegExp(`/(users?)/${learnerPrefix.replace(':', '(?:~3a|%3a|:)')}[^/]*`, 'i')
const learnerLinks = new RegExp(`/(${learnerVerbs.join('|')})/.*`)

/**
 * A path as logs may show it: a launch's id shows its progress to whoever has it, and learners' ids are people's. Never
 * hand it a query.
 */
export function loggedPath(path: string): string {
  return path
    .slice(0, longest)
    .replace(/\/launches\/[^/]+/, '/launches/…')
    .replace(learnerLinks, '/$1/…')
    .replace(learnersPages, '/$1/lms…')
    .slice(0, longest)
}
