/** The shape of routes where they come in: over the API, from a hub's answer and from disk. */
import { z } from 'zod'
import { parseTarget } from '../../net/target.ts'

const milliseconds = z.number().min(0)
const word = z.string().min(1).max(500)
/** It stands in a policy as it is, so it has no `;` or `*`, which URLs take for letters of a host. */
const webOrigin = z
  .string()
  .regex(/^https?:\/\/(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d+)?$/, 'is not an origin')
  .refine((text) => URL.parse(text)?.origin === text, 'is not an origin')

export const admitSchema = z.strictObject({
  server: word,
  run: z.int().min(0),
  kid: word,
  label: z.string().regex(/^[a-z0-9]{8,32}$/),
  user: word,
  guests: z.array(word).max(1000),
  since: milliseconds,
  gone: z.array(word).max(10_000),
  ancestors: z.array(webOrigin).max(1000),
  cors: z.array(webOrigin).max(1000),
})

export const targetSchema = z
  .string()
  .refine((text) => parseTarget(text) !== undefined, 'must be http://host:port or unix+http://%2Fpath%2Fto%2Fsocket')

export const revisionSchema = z.int().min(0)

/** Only paths spelled like this can carry `admit`: row 1 of the rules compares them byte for byte. */
export const plainPathSchema = z
  .string()
  .regex(/^\/([A-Za-z0-9._~-]+\/)*$/, 'has other characters than A-Z a-z 0-9 . _ ~ - between its slashes')
  .refine((path) => !/\/\.\.?\//.test(path), 'has a segment . or ..')

/** A route as hubs of ours write it. */
export const ownRouteSchema = z.strictObject({
  path: plainPathSchema,
  target: targetSchema,
  revision: revisionSchema,
  admit: admitSchema,
})

/** What a POST to the routes API holds. Further keys are kept for their writer, as configurable-http-proxy does. */
export const routeBodySchema = z.looseObject({
  target: targetSchema,
  revision: revisionSchema.optional(),
  admit: admitSchema.optional(),
})
