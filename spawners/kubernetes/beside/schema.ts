/**
 * The options `initContainers` and `sidecars`, in Kubernetes' own words. The fields are those that a container can have
 * without the node or the pod itself being changed; any other one is refused by its name.
 */
import { z } from 'zod'
import { parseReference } from '../../image-reference.ts'
import { volumeName } from '../files/shared-mounts.ts'
import { capability, dataKey, id, name, portNumber, pullPolicy, variable } from '../words.ts'
import { probe, sidecarLifecycle } from './handlers.ts'

/** Names of containers that pods have for Carrel's own purposes. */
const taken = /^(notebook|errand|files|home|bundle-\d+|carrel-.*)$/

/** Says whether a container is one of Carrel's own, by its name. */
export function isOwnContainer(name: string): boolean {
  return taken.test(name)
}

const folder = z.string().regex(/^(\/(?!\.{1,2}(\/|$))[^/:\p{Cc}]+)+$/u, 'is an absolute folder, like /srv/sets')
const optional = z.boolean().optional()

const field =
  /^(metadata\.(name|namespace|uid|(labels|annotations)\['[^']+'\])|spec\.(nodeName|serviceAccountName)|status\.(hostIPs?|podIPs?))$/

const source = z
  .strictObject({
    secretKeyRef: z.strictObject({ name, key: dataKey, optional }).optional(),
    configMapKeyRef: z.strictObject({ name, key: dataKey, optional }).optional(),
    /** What the pod says of itself: `metadata.annotations['hub.jupyter.org/username']` is the user's name. */
    fieldRef: z
      .strictObject({
        fieldPath: z.string().regex(field, "is no field of a pod, such as metadata.labels['hub.jupyter.org/username']"),
        apiVersion: z.literal('v1').optional(),
      })
      .optional(),
  })
  .refine(
    (given) => Object.values(given).filter((one) => one !== undefined).length === 1,
    'has one of secretKeyRef, configMapKeyRef, fieldRef',
  )

const env = z.array(
  z
    .strictObject({ name: variable, value: z.string().optional(), valueFrom: source.optional() })
    .refine(({ value, valueFrom }) => value === undefined || valueFrom === undefined, 'has a value or a valueFrom'),
)

const reference = z.strictObject({ name, optional }).optional()
const envFrom = z.array(
  z
    .strictObject({ prefix: z.string().optional(), secretRef: reference, configMapRef: reference })
    .refine(
      ({ secretRef, configMapRef }) => (secretRef === undefined) !== (configMapRef === undefined),
      'has a secretRef or a configMapRef',
    ),
)

const amounts = z
  .record(
    z
      .string()
      .regex(
        /^(cpu|memory|ephemeral-storage|[^/]+\.[^/]+\/[^/]+)$/,
        'is no resource, such as cpu, memory, ephemeral-storage',
      ),
    z
      .union([
        z.string().regex(/^\d+(\.\d+)?(m|k|[MGTPE]|[KMGTPE]i)?$/, 'looks like 100m or 64Mi'),
        z.number().positive(),
      ])
      .transform(String),
  )
  .optional()

const securityContext = z.strictObject({
  privileged: optional,
  allowPrivilegeEscalation: optional,
  readOnlyRootFilesystem: optional,
  runAsNonRoot: optional,
  runAsUser: id.optional(),
  runAsGroup: id.optional(),
  capabilities: z
    .strictObject({ add: z.array(capability).optional(), drop: z.array(capability).optional() })
    .optional(),
  seccompProfile: z
    .strictObject({
      type: z.enum(['RuntimeDefault', 'Unconfined', 'Localhost']),
      localhostProfile: z.string().optional(),
    })
    .optional(),
})

const fields = {
  name: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'is the name of a container: a-z, 0-9 and -')
    .refine((one) => !isOwnContainer(one), "is a name of Carrel's own containers"),
  image: z.string().refine((image) => parseReference(image) !== undefined, 'is no name of an image'),
  imagePullPolicy: pullPolicy.optional(),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
  workingDir: folder.optional(),
  env: env.optional(),
  envFrom: envFrom.optional(),
  resources: z.strictObject({ limits: amounts, requests: amounts }).optional(),
  /** Default of each member: no privilege escalation, and no capability. A container that is `privileged` has neither default. */
  securityContext: securityContext.optional(),
  /** The volume `home` is the learner's home. Others are those of the option `volumes`. */
  volumeMounts: z
    .array(
      z.strictObject({
        name: volumeName,
        mountPath: folder,
        subPath: z
          .string()
          .regex(/^(?!.*(^|\/)\.\.(\/|$))[^/]/, 'is a path below the volume, without ..')
          .optional(),
        readOnly: optional,
      }),
    )
    .optional(),
  terminationMessagePolicy: z.enum(['File', 'FallbackToLogsOnError']).optional(),
}

export const initContainersSchema = z.array(
  z.strictObject({
    ...fields,
    restartPolicy: z.undefined('is of containers that go on beside the server: move this one to sidecars').optional(),
  }),
)

export const sidecarsSchema = z.array(
  z.strictObject({
    ...fields,
    /** Always so, whether it is said or not. */
    restartPolicy: z.literal('Always').optional(),
    ports: z
      .array(
        z.strictObject({
          name: z.string().max(15).optional(),
          containerPort: portNumber,
          protocol: z.enum(['TCP', 'UDP', 'SCTP']).optional(),
        }),
      )
      .optional(),
    lifecycle: sidecarLifecycle.optional(),
    startupProbe: probe.optional(),
    livenessProbe: probe.optional(),
    readinessProbe: probe.optional(),
  }),
)

export type InitContainer = z.output<typeof initContainersSchema>[number]
export type Sidecar = z.output<typeof sidecarsSchema>[number]
