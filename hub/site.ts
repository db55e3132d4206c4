/** What the site's settings say of its hosts, and of who may frame its pages. */
import type { Course } from '../courses/course.ts'
import { hostScheme } from '../seats/host.ts'
import type { Hub } from './hub.ts'

type Urls = Pick<Hub, 'hubUrl' | 'serversUrl'>

/**
 * Each server has a host of its own, so no other server's code runs on its origin. Only then may anybody but the owner
 * enter a server: on a shared host its code would reach the other servers of whoever looks at it.
 */
export function hasOwnHosts({ hubUrl, serversUrl }: Urls): boolean {
  return hostScheme(hubUrl, serversUrl) === 'own'
}

/** Learners' code can do whatever its visitor can do at the hub, so nobody with a role may be that visitor. */
export function sharesHubHost({ hubUrl, serversUrl }: Urls): boolean {
  return hostScheme(hubUrl, serversUrl) === 'hub'
}

/** Origins that may show a course's pages in a frame. None: it is never in a frame, and no cookie of it is a frame's. */
export function ancestorsOf(hub: Hub, course: Course | undefined): string[] {
  return [...new Set([...hub.config.embed.ancestors, ...(course?.embed.ancestors ?? [])])]
}

/** Who may frame pages that belong to no one course yet, such as an error about a mistyped one. */
export function allAncestors(hub: Hub): string[] {
  return [...new Set(Object.values(hub.config.courses).flatMap((course) => ancestorsOf(hub, course)))]
}
