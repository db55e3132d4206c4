/** Reads from the site's settings how its hosts are laid out, and who may frame its pages. */
import type { Course } from '../courses/course.ts'
import { hostScheme } from '../seats/host.ts'
import type { Hub } from './hub.ts'

type Urls = Pick<Hub, 'hubUrl' | 'serversUrl'>

/**
 * Returns whether each server has a host of its own, so that no other server's code runs on its origin. Only then may a
 * user other than the owner enter a server: on a shared host its code would reach the other servers of that visitor.
 */
export function hasOwnHosts({ hubUrl, serversUrl }: Urls): boolean {
  return hostScheme(hubUrl, serversUrl) === 'own'
}

/**
 * Returns whether servers stand on the hub's own host. There learners' code can do whatever its visitor can do at the
 * hub, so a user with a role may not be that visitor.
 */
export function sharesHubHost({ hubUrl, serversUrl }: Urls): boolean {
  return hostScheme(hubUrl, serversUrl) === 'hub'
}

/**
 * Returns the origins, or patterns of them, that may show a course's pages in a frame. When there are none, the course is
 * never in a frame, and no cookie of it is a frame's.
 */
export function ancestorsOf(hub: Hub, course: Course | undefined): string[] {
  return [...new Set([...hub.config.embed.ancestors, ...(course?.embed.ancestors ?? [])])]
}

/** Returns the origins, or patterns of them, that may frame pages that belong to no one course yet. */
export function allAncestors(hub: Hub): string[] {
  return [...new Set([undefined, ...Object.values(hub.courses.all)].flatMap((course) => ancestorsOf(hub, course)))]
}

/**
 * Returns the origins, or patterns of them, that may frame an error about a link, such as one about a mistyped course: the
 * pages of each LMS too, where its learners would see a blank frame otherwise.
 */
export function ancestorsOfErrors(hub: Hub): string[] {
  const pages = hub.config.authenticators.flatMap((one) => (one.kind === 'launch' ? one.pages : []))
  return [...new Set([...allAncestors(hub), ...pages])]
}
