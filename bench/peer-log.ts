/** What JupyterHub's log says about a launch. Its proxy logs no times, so the hub's are all there is. */
import type { RequestCost } from './contender.ts'

/** The page that starts a server looks for so long whether it is up already, then shows progress instead. */
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

/** How long a user's server took to start. */
export function peerStart(lines: string[], user = ''): number | undefined {
  for (const line of lines) {
    const [, name = '', seconds] = /User (\S+) took ([\d.]+) seconds to start/.exec(line) ?? []
    if (seconds !== undefined && name.startsWith(user)) return Number(seconds) * 1000
  }
  return undefined
}

/** The starting server's own requests, the stream that waits for it, and this benchmark's. */
function isServers(path: string): boolean {
  return path === '/hub/api' || path === '/hub/health' || /^\/hub\/api\/users\//.test(path)
}
