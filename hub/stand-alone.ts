import { hostScheme } from '../seats/host.ts'
import type { Hub } from './hub.ts'

type Urls = Pick<Hub, 'hubUrl' | 'serversUrl'>

/**
 * Each server has a host of its own, so no other server's code runs on its origin. Only then may anybody but the owner
 * enter a server: on a shared host its code would reach the other servers of whoever looks at it.
 */
export function serversStandAlone({ hubUrl, serversUrl }: Urls): boolean {
  return hostScheme(hubUrl, serversUrl) === 'own'
}

/** Learners' code can do whatever its visitor can do at the hub, so nobody with a role may be that visitor. */
export function serversShareHub({ hubUrl, serversUrl }: Urls): boolean {
  return hostScheme(hubUrl, serversUrl) === 'hub'
}
