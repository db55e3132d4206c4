import { decodedPath } from '../../seats/spelling.ts'
import type { Exchange } from '../exchange.ts'

/**
 * Returns whether an open page of Jupyter sends such a request by itself, while no one does anything: it reads kernels, sessions,
 * terminals and folders every ten seconds, writes its layout, and says in a shared document that it is still there. `path` is
 * that of the server. What a person does at the same addresses, the strip tells as input.
 */
export function asksByItself({ method, path: asked, upgrade, headers }: Exchange, path: string): boolean {
  const rest = decodedPath(asked)?.slice(path.length) ?? ''
  if (upgrade !== undefined) return rest.startsWith('api/collaboration/')
  if (rest.startsWith('lab/api/workspaces')) return true
  return (method === 'GET' || method === 'HEAD') && headers['sec-fetch-mode'] !== 'navigate' && rest.startsWith('api/')
}
