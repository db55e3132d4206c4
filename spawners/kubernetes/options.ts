/** The options of `kubernetesSpawner`, their defaults, and what they mean. */
import { z } from 'zod'

/** Begins the labels, annotations and scheduling gate that are Carrel's own. */
export const ownPrefix = 'carrel/'

const name = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'is a name as Kubernetes writes it: a-z, 0-9, - and .')

const labelKey = z
  .string()
  .regex(
    /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
    'is a label key as Kubernetes writes it: app, or example.org/team',
  )

const labelValue = z
  .string()
  .regex(/^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/, 'is a label value: up to 63 letters, digits, -, _ and .')

const extraKey = labelKey.refine((key) => !key.startsWith(ownPrefix), `keys under ${ownPrefix} are Carrel's own`)

const requirement = z
  .strictObject({
    /** Key of a label of nodes. */
    key: labelKey,
    operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt']),
    values: z.array(labelValue).optional(),
  })
  .refine(
    ({ operator, values }) => /Exist/.test(operator) === (values === undefined),
    'Exists and DoesNotExist take no values, the other operators need some',
  )

const toleration = z.strictObject({
  key: labelKey.optional(),
  operator: z.enum(['Equal', 'Exists']).optional(),
  value: labelValue.optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
  tolerationSeconds: z.int().optional(),
})

const id = z.int().min(0)

export const kubernetesOptions = z.strictObject({
  /** A kubeconfig file. Default: what `KUBECONFIG` names, `~/.kube/config`, or in a pod its own service account. */
  kubeconfig: z.string().min(1).optional(),
  /** One of that file's contexts. Default: its current one. */
  context: z.string().min(1).optional(),
  /** Where the pods go. Default: the context's namespace, or in a pod its own. */
  namespace: name.optional(),

  /** Where servers listen, in each pod. */
  port: z.int().min(1).max(65535).default(8888),

  /** Default: Kubernetes' own rule, which is Always for the tag `latest` and IfNotPresent for others. */
  imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).optional(),
  /** Names of Secrets with credentials of registries. */
  imagePullSecrets: z.array(name).default([]),

  /** Labels that a node must have. */
  nodeSelector: z.record(labelKey, labelValue).default({}),
  /** What a node's labels must fulfil, all of it. */
  nodeAffinity: z.array(requirement).default([]),
  tolerations: z.array(toleration).default([]),

  /** How a course with `gpu: true` gets one. Nothing of this is on the pods of other courses. */
  gpu: z
    .strictObject({
      resource: labelKey.default('nvidia.com/gpu'),
      count: z.int().positive().default(1),
      nodeAffinity: z.array(requirement).default([]),
      tolerations: z.array(toleration).default([]),
    })
    .prefault({}),

  /** For the pods, not the hub. Default: none named, so the namespace's `default`, without its token. */
  serviceAccountName: name.optional(),
  /** Gives a learner's code the service account's token. */
  automountServiceAccountToken: z.boolean().default(false),

  /** What the programs in a pod may do. The defaults fit the Pod Security level `baseline`; add `runAsNonRoot` for `restricted`. */
  security: z
    .strictObject({
      runAsNonRoot: z.boolean().optional(),
      runAsUser: id.optional(),
      runAsGroup: id.optional(),
      fsGroup: id.optional(),
      supplementalGroups: z.array(id).optional(),
      /** `sudo` and other set-uid programs work. */
      allowPrivilegeEscalation: z.boolean().default(false),
      dropCapabilities: z.array(z.string().min(1)).default(['ALL']),
      seccomp: z.enum(['RuntimeDefault', 'Unconfined']).default('RuntimeDefault'),
    })
    .prefault({}),

  /**
   * Folders that a server may write to, `['/home/jovyan']` for Jupyter's own images; they begin as the image has them,
   * copied before the start with the image's `sh` and `cp`. Everything else but `/tmp` is then read-only. Without it a
   * server may change its whole file system.
   */
  writable: z
    .array(z.string().regex(/^(\/(?!\.\.?(\/|$))[\w.-]+)+$/, 'is a folder like /home/jovyan'))
    .min(1)
    .optional(),
  /** What files and output of one pod may take of its node's disk, `10Gi`. A pod over it is evicted. Default: the cluster's. */
  ephemeralStorage: z
    .string()
    .regex(/^\d+(\.\d+)?([KMGT]i?|k)?$/, 'looks like 10Gi')
    .optional(),

  /** Beside Carrel's own; they may replace `app.kubernetes.io/…`, `component` and `hub.jupyter.org/…`. */
  labels: z.record(extraKey, labelValue).default({}),
  annotations: z.record(extraKey, z.string()).default({}),

  priorityClassName: name.optional(),
  schedulerName: name.optional(),
  runtimeClassName: name.optional(),
  /** For ends that Carrel does not cause, such as the draining of a node. */
  terminationGracePeriodSeconds: z.int().min(0).optional(),
})

export type KubernetesOptionsInput = z.input<typeof kubernetesOptions>
export type KubernetesOptions = z.output<typeof kubernetesOptions>
