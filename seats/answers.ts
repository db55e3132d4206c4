/** A hub's answers to its proxies (docs/wire.md). The hub's handlers compile against them; the proxy parses by them. */
import { z } from 'zod'
import { type OwnRoute, ownRouteSchema, revisionSchema } from './route.ts'

/** The answer to `POST /hub/api/seats`. */
export const redeemedSchema = z.strictObject({
  seat: z.strictObject({
    id: z.string().min(1).max(200),
    server: z.string().min(1),
    run: z.int().min(0),
    kid: z.string().min(1),
    user: z.string().min(1),
    framed: z.boolean(),
    issued: z.number().min(0),
  }),
  to: z.string().startsWith('/'),
  route: ownRouteSchema,
})

export type Redeemed = z.output<typeof redeemedSchema>

/** The answer to `POST /hub/api/admissions`. */
export const admittedSchema = z.strictObject({
  seat: z.strictObject({
    id: z.string().min(1).max(200),
    server: z.string().min(1),
    run: z.int().min(0),
    user: z.string().min(1),
    issued: z.number().min(0),
  }),
  /** How long the token has to live. */
  milliseconds: z.number().min(0),
})

export type TokenAdmitted = z.output<typeof admittedSchema>

/**
 * The answer to `GET /hub/api/routes`. The proxy checks each route by itself later, so that an unusable one closes one
 * server only.
 */
export const knownRoutesSchema = z.object({ revision: revisionSchema, routes: z.array(z.unknown()) })

/** The routes in a hub's database. */
export interface KnownRoutes {
  /** The revision up to which no write is missing in `routes`. */
  revision: number
  routes: OwnRoute[]
}
