import { decodedPath } from '../../seats/spelling.ts'
import type { Exchange } from '../exchange.ts'

/**
 * Returns whether a request may change a file of a server by Jupyter's Contents API. What is spelled oddly, names another file
 * or a program behind the server, counts too: such a request only waits for a moment.
 */
export function changesFiles({ method, path }: Pick<Exchange, 'method' | 'path'>): boolean {
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return false
  const decoded = decodedPath(path)
    ?.replaceAll(/[/\\]+/g, '/')
    .toLowerCase()
  return decoded === undefined || decoded.includes('api/contents') || decoded.includes('api/notebooks')
}
