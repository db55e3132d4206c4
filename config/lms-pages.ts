import type { Authenticator, LaunchAuthenticator } from '../authenticators/authenticator.ts'
import { areCovering, coversSibling } from '../net/origins.ts'

interface Courses {
  /** Sites that may frame all courses. */
  ancestors: string[]
  /** The courses by name, each with the sites that may also frame it. */
  courses: Record<string, { embed: { ancestors: string[] } }>
}

/** Returns what is wrong with the pages whose links identify learners, as (index in the config, problem). */
export function pageProblems(authenticators: Authenticator[], site: Courses): [number, string][] {
  const all = authenticators.flatMap((one, index): [number, LaunchAuthenticator][] =>
    one.kind === 'launch' ? [[index, one]] : [],
  )
  return all.flatMap(([index, one], position) => [
    ...sharedPages(
      one,
      all.slice(0, position).map(([, other]) => other),
    ).map((problem): [number, string] => [index, problem]),
    ...uncoveredPages(one, site).map((problem): [number, string] => [index, problem]),
  ])
}

/** Returns pages that two LMSs name. A page identifies learners of its LMS, and would then identify the other's too. */
function sharedPages({ name, pages }: LaunchAuthenticator, others: LaunchAuthenticator[]): string[] {
  return others.flatMap((other) =>
    pages.flatMap((page) => {
      const same = other.pages.find((theirs) => coversSibling(page, theirs) || coversSibling(theirs, page))
      return same === undefined
        ? []
        : [`"${other.name}" (${same}) and "${name}" (${page}) name the same pages; each LMS has pages of its own`]
    }),
  )
}

/** Returns pages that may not frame the courses that their links open, since the two lists must agree. */
function uncoveredPages({ name, pages, courses }: LaunchAuthenticator, site: Courses): string[] {
  const slugs = courses.map((course) => course.toLowerCase())
  const opened = Object.entries(site.courses).flatMap(([course, { embed }]) =>
    slugs.includes(course.toLowerCase()) ? [{ course, ancestors: [...site.ancestors, ...embed.ancestors] }] : [],
  )
  if (opened.length === 0) return []
  const frames = (page: string, ancestors: string[]) =>
    areCovering(ancestors, page) || ancestors.some((ancestor) => coversSibling(page, ancestor))
  const idle = pages.filter((page) => !opened.some(({ ancestors }) => frames(page, ancestors)))
  if (idle.length > 0) {
    return idle.map(
      (page) =>
        `pages of "${name}" has ${page}, which is in no embed.ancestors of its courses; add it there, or take it out here`,
    )
  }
  const closed = opened.filter(({ ancestors }) => !pages.some((page) => frames(page, ancestors)))
  return closed.map(({ course, ancestors }) => {
    const theirs =
      ancestors.length === 0 ? 'has no embed.ancestors' : `has only ${ancestors.join(', ')} as embed.ancestors`
    return `"${name}" opens the course ${course}, which ${theirs}; add one of its pages there (${pages.join(', ')})`
  })
}
