/** What a node does with a container at its start and before its stop, and to see whether it is well. */
import { z } from 'zod'
import { portNumber } from '../words.ts'

const exec = z.strictObject({ command: z.array(z.string()).min(1) }).optional()
/** A port by its number or its name. */
const anyPort = z.union([portNumber, z.string().regex(/^[a-z0-9-]{1,15}$/, 'is the number or the name of a port')])
const httpGet = z
  .strictObject({
    path: z.string().startsWith('/').optional(),
    port: anyPort,
    scheme: z.enum(['HTTP', 'HTTPS']).optional(),
    httpHeaders: z.array(z.strictObject({ name: z.string().min(1), value: z.string() })).optional(),
  })
  .optional()
const sleep = z.strictObject({ seconds: z.int().min(0) }).optional()

function oneOf<T extends z.ZodRawShape>(ways: T, more: z.ZodRawShape = {}) {
  const names = Object.keys(ways)
  return z
    .strictObject({ ...ways, ...more })
    .refine(
      (given) => names.filter((way) => (given as Record<string, unknown>)[way] !== undefined).length === 1,
      names.length === 1 ? `has ${names[0]}` : `has one of ${names.join(', ')}`,
    )
}

/** Of the server's container. A request to the server is no way: the node would make it before the server listens. */
export const lifecycleSchema = z.strictObject({
  postStart: oneOf({ exec }).optional(),
  preStop: oneOf({ exec, sleep }).optional(),
})

export const sidecarLifecycle = z.strictObject({
  postStart: oneOf({ exec, httpGet, sleep }).optional(),
  preStop: oneOf({ exec, httpGet, sleep }).optional(),
})

const count = z.int().min(0).optional()

export const probe = oneOf(
  {
    exec,
    httpGet,
    tcpSocket: z.strictObject({ port: anyPort }).optional(),
    grpc: z.strictObject({ port: portNumber, service: z.string().optional() }).optional(),
  },
  {
    initialDelaySeconds: count,
    timeoutSeconds: count,
    periodSeconds: count,
    successThreshold: count,
    failureThreshold: count,
    terminationGracePeriodSeconds: count,
  },
)
