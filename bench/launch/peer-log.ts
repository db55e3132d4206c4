/** Reads JupyterHub's log about a launch. Only the hub's times are known, since its proxy logs none. */
import type { RequestCost } from './contender.ts'

/** Time that the page which starts a server waits for the server before it shows progress instead. */
const spawnWaitMilliseconds = 1000

const requestLine = /JupyterHub log:\d+\] (\d{3}) ([A-Z]+) (\S+).* ([\d.]+)ms$/

export function peerRequests(lines: string[]): RequestCost[] {
  return lines.flatMap((line) => {
    const [, , method = '', url = '', milliseconds] = requestLine.exec(line) ?? []
    const [path = ''] = url.split('?')
    if (milliseconds === undefined || isServers(path)) return []
    const waited = path.startsWith('/hub/spawn/') ? Math.min(spawnWaitMilliseconds, peerStart(lines) ?? 0) : 0
    const what = `${method} ${path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, '…')}`
    return [{ what, ownMilliseconds: Math.max(0, Number(milliseconds) - waited) }]
  })
}

/** Returns the milliseconds that a user's server took to start. */
export function peerStart(lines: string[], user = ''): number | undefined {
  for (const line of lines) {
    const [, name = '', seconds] = /User (\S+) took ([\d.]+) seconds to start/.exec(line) ?? []
    if (seconds !== undefined && name.startsWith(user)) return Number(seconds) * 1000
  }
  return undefined
}

/** Returns whether a request is the starting server's own, the stream that waits for it, or this benchmark's. */
function isServers(path: string): boolean {
  return path === '/hub/api' || path === '/hub/health' || /^\/hub\/api\/users\//.test(path)
}
