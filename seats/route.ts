/** Routes: a URL prefix at the proxy and the server behind it, as hub and proxy exchange them and keep them on disk. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { parseTarget } from '../net/endpoint.ts'
import { isOriginPattern } from '../net/origins.ts'
import { languages } from '../words/language.ts'
import { isStaticDigest } from './files/static-files.ts'

/**
 * How many ended seats a route may name. A proxy refuses a route with more, and would then miss further ends of seats.
 * Hubs stop such a run long before.
 */
export const endedSeatsOfRoute = 10_000

const milliseconds = z.number().min(0)
const shortText = z.string().min(1).max(500)
/**
 * An origin, or a pattern of origins, that is put into a Content-Security-Policy unchanged. So it may hold no `;`, which
 * URLs allow in a host, and no `*` but that of the pattern.
 */
const webOrigin = z.string().refine(isOriginPattern, 'is not an origin')

/** What a proxy has to know of a program that is not Jupyter. */
const programAccessSchema = z.strictObject({
  /** `stripped`: the program sees paths without that of the route. */
  prefix: z.enum(['kept', 'stripped']),
  /** The path at the target by which a look finds out whether the program answers at all. */
  look: z
    .string()
    .max(2000)
    .regex(/^\/[\x21-\x7e]*$/, 'is no path'),
  /** How requests carry the server's token. */
  authorization: z.enum(['none', 'token', 'bearer', 'basic']),
})

export type ProgramAccess = z.output<typeof programAccessSchema>

/** Says who may enter a server. Nothing in it is secret. */
const accessSchema = z.strictObject({
  server: shortText,
  run: z.int().min(0),
  /** The id of the shared key from which this run's seat key and server token are derived. */
  kid: shortText,
  /** The label of the server's own host, where servers have hosts of their own. */
  label: z.string().regex(/^[a-z0-9]{8,32}$/),
  /** Id of the server's owner, whose seats count. */
  user: shortText,
  /** Ids of other users whose seats count: staff, and users with whom the owner shares the server. */
  guests: z.array(shortText).max(1000),
  /** The owner's seats that were issued before this (ms since 1970, the database's clock) have ended. */
  since: milliseconds,
  /** Ids of seats that have ended. */
  ended: z.array(shortText).max(endedSeatsOfRoute),
  /** Origins, or patterns of them, that may frame this server's pages, beside its own and the hub's. */
  ancestors: z.array(webOrigin).max(1000),
  /** Origins, or patterns of them, whose scripts may send requests with an explicit token. */
  cors: z.array(webOrigin).max(1000),
  /**
   * Absent for Jupyter, which sees paths with that of the route, and requests with the server's token. A proxy of a version
   * that does not know this word refuses the route, so that no program gets what was meant otherwise.
   */
  program: programAccessSchema.optional(),
  /** Whether the owner finds the strip above the pages of the server. A proxy that does not know this word refuses the route. */
  strip: z.literal(true).optional(),
  /**
   * The digest of the static files of the image that the server runs, which browsers then get from one address for all of its
   * servers. A proxy that does not know this word refuses the route.
   */
  static: z.string().refine(isStaticDigest, 'is no digest').optional(),
  /**
   * The language of the course, which the strip and the proxy's pages about this server speak; without it the one that the browser
   * wants. A proxy that does not know this word refuses the route.
   */
  language: z.enum(languages).optional(),
  /**
   * The language of the site, for browsers that want none that we speak. Absent for English, so that a proxy that does not know this
   * word refuses no route of a site that speaks English.
   */
  siteLanguage: z.enum(languages).exclude(['en']).optional(),
})

export type Access = z.output<typeof accessSchema>

/** A number from one sequence of the database. A proxy ignores a write whose revision is not above the one it holds. */
export const revisionSchema = z.int().min(0)

/** A route as a proxy holds it: of a hub of ours, or foreign. */
export const routeSchema = z.strictObject({
  path: z.string().startsWith('/').endsWith('/'),
  /** `http://127.0.0.1:49153` or `unix+http://%2Frun%2Fsock`, without path. */
  target: z
    .string()
    .refine((text) => parseTarget(text) !== undefined, 'must be http://host:port or unix+http://%2Fpath%2Fto%2Fsocket'),
  /** Absent in foreign routes. */
  revision: revisionSchema.optional(),
  /** Without it anyone may enter, as with configurable-http-proxy. */
  access: accessSchema.optional(),
})

export type Route = z.output<typeof routeSchema>

/** The spelling of paths that can carry `access`, which row 1 of the rules compares byte for byte. */
export const plainPathSchema = z
  .string()
  .regex(/^\/([A-Za-z0-9._~-]+\/)*$/, 'has other characters than A-Z a-z 0-9 . _ ~ - between its slashes')
  .refine((path) => !/\/\.\.?\//.test(path), 'has a segment . or ..')

/** A route as hubs of ours write it. */
export const ownRouteSchema = routeSchema.extend({
  path: plainPathSchema,
  revision: revisionSchema,
  access: accessSchema,
})

export type OwnRoute = z.output<typeof ownRouteSchema>

/** Returns a digest of a whole table. Equal digests mean equal routes; only routes with a revision count. */
export function routesDigest(routes: Iterable<Route>): { count: number; digest: string } {
  const lines = [...routes]
    .filter((route) => route.revision !== undefined)
    .map((route) => `${route.path} ${route.revision}\n`)
    .sort()
  return { count: lines.length, digest: createHash('sha256').update(lines.join('')).digest('hex') }
}

/** How long a proxy forwards nothing that changes files of a server, while a hub replaces one of them: at most. */
export const pauseMilliseconds = 6000

/** How long a proxy waits, when a pause begins, for what is under way. */
export const drainMilliseconds = 1500
