import type { Hub } from './hub.ts'

/** Every server has a host of its own. */
export function serversStandAlone(hub: Pick<Hub, 'serversUrl'>): boolean {
  return hub.serversUrl.includes('*')
}
