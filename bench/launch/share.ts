/** Reads from the logs of hub and proxy what a launch costs apart from the server's own start. */
import { z } from 'zod'
import type { RequestCost } from './contender.ts'

const lineSchema = z.looseObject({
  msg: z.string(),
  request: z.string().optional(),
  method: z.string().optional(),
  path: z.string().optional(),
  by: z.enum(['proxy', 'hub', 'server']).optional(),
  milliseconds: z.number().optional(),
  proxyMilliseconds: z.number().optional(),
  hubMilliseconds: z.number().optional(),
})

export type LogLine = z.output<typeof lineSchema>

export function readLines(text: string): LogLine[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => lineSchema.parse(JSON.parse(line)))
}

/**
 * Returns the requests of one launch, in the order in which they ended. The lines of both logs must be those of this
 * launch. The requests are all that reached the hub, the two steps of taking the seat, and the first request for the
 * notebook's page. A stream of progress counts until it begins.
 */
export function launchRequests(hubLines: LogLine[], proxyLines: LogLine[], pagePath: string): RequestCost[] {
  const atHub = new Map<string, number>()
  for (const { msg, request, milliseconds } of hubLines) {
    if (msg === 'request' && request !== undefined) atHub.set(request, (atHub.get(request) ?? 0) + (milliseconds ?? 0))
  }
  const visits = proxyLines.filter(({ msg, path = '' }) => msg === 'request' && !isForeign(path))
  const page = visits.find(({ by, path }) => by === 'server' && path === pagePath)
  return visits
    .filter((visit) => visit === page || visit.by === 'hub' || isSeating(visit.path ?? ''))
    .map(({ request = '', method = '', path = '', proxyMilliseconds = 0, hubMilliseconds = 0 }) => ({
      what: `${method} ${withoutIds(path)}`,
      ownMilliseconds: proxyMilliseconds + (atHub.get(request) ?? 0),
      waitedMilliseconds: proxyMilliseconds + hubMilliseconds,
    }))
}

/** Returns whether a request comes from the supervisor, the culler or this benchmark, not from the browser. */
function isForeign(path: string): boolean {
  return path.endsWith('/health') || path.startsWith('/hub/api/')
}

function isSeating(path: string): boolean {
  return path === '/_carrel/seat' || /\/_carrel\/(seated|again)$/.test(path)
}

/** Returns a path without ids, so that a request has the same name in each launch. */
function withoutIds(path: string): string {
  return path
    .replace(/\/launches\/[\w-]+/, '/launches/…')
    .replace(/^\/hub\/static\/.*\//, '/hub/static/')
    .replace(/^\/user\/[^/]+\//, '/user/…/')
    .replace(/\/workspaces\/[^/]+/, '/workspaces/…')
}
