/** What a hub answers its proxies (docs/wire.md): the hub's handlers are compiled against it, the proxy parses with it. */
import { z } from 'zod'
import { type OwnRoute, ownRouteSchema, revisionSchema } from './route.ts'

/** `POST /hub/api/seats` */
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

/** `POST /hub/api/admissions` */
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

/** `GET /hub/api/routes`, before each route is judged by itself: one that is unusable closes one server only. */
export const knownRoutesSchema = z.object({ revision: revisionSchema, routes: z.array(z.unknown()) })

/** What a hub's database says. */
export interface KnownRoutes {
  /** No write up to this one is missing in `routes`. */
  revision: number
  routes: OwnRoute[]
}
