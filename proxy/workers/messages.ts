/**
 * The messages between the owner of a proxy and its workers. Both sides read them by these schemas. No secret is part
 * of a message: a worker reads its secrets from its own environment, and asks the hubs about tickets and tokens itself.
 */
import { z } from 'zod'
import { ownRouteSchema, routeSchema } from '../../seats/route.ts'

/** A route as a worker holds it. */
const copiedSchema = z.strictObject({ route: routeSchema, lastActivity: z.number(), lastUse: z.number().optional() })

const number = z.int().min(0)

export const toWorkerSchema = z.discriminatedUnion('kind', [
  /** A part of the whole table, which comes once, before anything else. */
  z.strictObject({ kind: z.literal('routes'), number, routes: z.array(copiedSchema) }),
  /** A change of one route, which is removed where `held` is absent. */
  z.strictObject({ kind: z.literal('change'), number, path: z.string(), held: copiedSchema.exactOptional() }),
  /** Only asks for the confirmation that a worker sends for each numbered message. */
  z.strictObject({ kind: z.literal('ask'), number }),
  /** The worker has all routes and may accept connections. */
  z.strictObject({ kind: z.literal('listen') }),
  /** Each worker has the route that this one wrote. */
  z.strictObject({ kind: z.literal('written'), id: number }),
  z.strictObject({ kind: z.literal('measure'), id: number }),
  /** Begins a pause of the server at a path, or ends it. The worker answers by `paused`. */
  z.strictObject({ kind: z.literal('pause'), id: number, path: z.string(), name: z.string(), ends: z.boolean() }),
  z.strictObject({ kind: z.literal('reload') }),
  /** Accept no more connections, give the open ones their grace, and end. */
  z.strictObject({ kind: z.literal('stop') }),
])

export type ToWorker = z.output<typeof toWorkerSchema>

const metricSchema = z.strictObject({
  name: z.string(),
  help: z.string(),
  type: z.enum(['counter', 'gauge', 'histogram', 'summary']),
  aggregator: z.enum(['sum', 'max', 'min', 'first']),
  values: z.array(
    z.strictObject({
      metricName: z.string().exactOptional(),
      labels: z.record(z.string(), z.string()),
      value: z.number(),
    }),
  ),
})

export const toOwnerSchema = z.discriminatedUnion('kind', [
  /** All parts are open, and the worker waits for the routes. */
  z.strictObject({ kind: z.literal('open') }),
  /** Everything up to this number is done. */
  z.strictObject({ kind: z.literal('confirmed'), number }),
  z.strictObject({ kind: z.literal('listening'), urls: z.tuple([z.string()], z.string()) }),
  /** A route that came with a redeemed ticket. */
  z.strictObject({ kind: z.literal('write'), id: number, route: ownRouteSchema }),
  /** The times of the last activity and of the last use that this worker saw, by path. */
  z.strictObject({ kind: z.literal('active'), routes: z.array(z.tuple([z.string(), z.number(), z.number()])) }),
  z.strictObject({ kind: z.literal('paused'), id: number, result: z.enum(['paused', 'other', 'busy', 'ended']) }),
  z.strictObject({ kind: z.literal('measured'), id: number, metrics: z.array(z.array(metricSchema)) }),
])

export type ToOwner = z.output<typeof toOwnerSchema>
