import { learnerVerbs } from './links.ts'

const longest = 500
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
    .replace(/\/(users?)\/lms(~3a|%3a|:)[^/]*/i, '/$1/lms…')
    .slice(0, longest)
}
