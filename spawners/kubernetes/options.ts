/** The options of `kubernetesSpawner`, with their defaults and meanings. */
import { z } from 'zod'
import { quantity } from '../options/quantity.ts'
import { lifecycleSchema } from './beside/handlers.ts'
import { initContainersSchema, sidecarsSchema } from './beside/schema.ts'
import { namesThatMeet } from './beside/together.ts'
import { volumesSchema } from './beside/volumes.ts'
import { sharedMountsSchema } from './files/shared-mounts.ts'
import {
  capability,
  dataKey,
  id,
  labelKey,
  labelValue,
  name,
  ownPrefix,
  portNumber,
  pullPolicy,
  variable,
} from './words.ts'

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

const pods = z.strictObject({
  /** A label of nodes. Pods are near one another where their nodes have the same value of it. */
  topologyKey: labelKey.default('kubernetes.io/hostname'),
  /** Labels of those other pods of the namespace. Default: the servers of this installation. */
  labels: z.record(labelKey, labelValue).optional(),
  /** Whether the pod shall be far from them, instead of near. */
  apart: z.boolean().default(false),
  /** 1 to 100 for a wish, among several. Without it, a pod that finds no such node waits. */
  weight: z.int().min(1).max(100).optional(),
})

const spread = z.strictObject({
  /** A label of nodes, such as that of their zone. */
  topologyKey: labelKey,
  /** By how many pods one value of the label may have more than another one. */
  maxSkew: z.int().positive().default(1),
  whenUnsatisfiable: z.enum(['ScheduleAnyway', 'DoNotSchedule']).default('ScheduleAnyway'),
})

const options = z.strictObject({
  /**
   * A kubeconfig file. Default: the file that `KUBECONFIG` names, `~/.kube/config`, or in a pod its service account.
   */
  kubeconfig: z.string().min(1).optional(),
  /** A context of the kubeconfig file. Default: its current context. */
  context: z.string().min(1).optional(),
  /** Namespace of the pods. Default: the context's namespace, or in a pod the namespace of that pod. */
  namespace: name.optional(),

  /** The port on which servers listen, in each pod. */
  port: portNumber.default(8888),

  /** When to pull an image. Default: Kubernetes' own rule, which is Always for the tag `latest`, else IfNotPresent. */
  imagePullPolicy: pullPolicy.optional(),
  /** Names of Secrets with credentials of registries. */
  imagePullSecrets: z.array(name).default([]),

  /** Labels that a node must have. */
  nodeSelector: z.record(labelKey, labelValue).default({}),
  /** Conditions that a node's labels must fulfil, all of them. */
  nodeAffinity: z.array(requirement).default([]),
  tolerations: z.array(toleration).default([]),

  /** The way in which a course with `gpu: true` gets a GPU. Pods of other courses get nothing of this. */
  gpu: z
    .strictObject({
      resource: labelKey.default('nvidia.com/gpu'),
      count: z.int().positive().default(1),
      nodeAffinity: z.array(requirement).default([]),
      tolerations: z.array(toleration).default([]),
    })
    .prefault({}),

  /** Extended resources that device plug-ins of the nodes give, and how many of each: `{ 'example.org/fpga': 1 }`. */
  devices: z
    .record(
      labelKey.refine((name) => /^[^/]+\.[^/]+\//.test(name), 'is an extended resource, like example.org/fpga'),
      z.int().positive(),
    )
    .default({}),

  /** Other pods that a server shall be near to, or far from. `[{ weight: 100 }]` fills one node before the next. */
  podAffinity: z.array(pods).default([]),
  /** Labels of nodes over whose values the servers of this installation are spread evenly. */
  topologySpread: z.array(spread).default([]),

  /**
   * Service account of the pods, not of the hub. Default: the namespace's `default`. `automountServiceAccountToken`
   * gives its token.
   */
  serviceAccountName: name.optional(),
  /** Whether a learner's code gets the token of the pods' service account. */
  automountServiceAccountToken: z.boolean().default(false),

  /**
   * Rights of the programs in a pod. The defaults fit the Pod Security level `baseline`; add `runAsNonRoot` for
   * `restricted`.
   */
  security: z
    .strictObject({
      runAsNonRoot: z.boolean().optional(),
      runAsUser: id.optional(),
      runAsGroup: id.optional(),
      /**
       * The group that owns a home, and which the programs of its pods are members of. Default with a home: 100, the group
       * of the users of Jupyter's images, which they keep when an image starts as root and changes to its user.
       */
      fsGroup: id.optional(),
      supplementalGroups: z.array(id).optional(),
      /** Whether `sudo` and other set-uid programs give rights inside a server. */
      allowPrivilegeEscalation: z.boolean().default(false),
      dropCapabilities: z.array(z.string().min(1)).default(['ALL']),
      /**
       * Capabilities that are left all the same. Images that start as root and change to a user need `SETUID`, `SETGID` and
       * `CHOWN`.
       */
      addCapabilities: z.array(capability).default([]),
      seccomp: z.enum(['RuntimeDefault', 'Unconfined']).default('RuntimeDefault'),
    })
    .prefault({}),

  /**
   * Folders that a server may write to, `['/home/jovyan']` for Jupyter's own images. They begin with the image's
   * content, which the image's `sh` and `cp` copy before the start. Everything else but `/tmp` is then read-only.
   * Without this option a server may change its whole file system.
   */
  writable: z
    .array(z.string().regex(/^(\/(?!\.\.?(\/|$))[\w.-]+)+$/, 'is a folder like /home/jovyan'))
    .min(1)
    .optional(),
  /**
   * Limit of the disk space that files and output of one pod take on its node, `10Gi`. A pod that takes more is
   * evicted. Default: the cluster's.
   */
  ephemeralStorage: quantity.optional(),
  /**
   * Size of `/dev/shm`, `1Gi`, which some programs need to share data among their processes. What lies there counts as
   * memory of the server. Default: what the runtime gives, mostly 64 MiB.
   */
  sharedMemory: quantity.optional(),

  /**
   * Variables whose values are in Secrets of the namespace: `{ API_KEY: { secret: 'course-keys', key: 'api' } }`. The node
   * reads them when a server starts; the hub never does. They come before those of a course's `env`. Learners can read them.
   */
  secretEnv: z.record(variable, z.strictObject({ secret: name, key: dataKey })).default({}),

  /**
   * Whether servers may reach the internet. With false their pods carry the label `carrel/internet: 'no'`, and nothing
   * else: the network policy of the example takes it away, and only where the cluster's network enforces policies.
   */
  internet: z.boolean().default(true),

  /**
   * Claims of the namespace, and folders of the nodes, which all servers see: `[{ claim: 'sets', path: '/srv/sets' }]`.
   * Learners read them, and write to them only with `readOnly: false`; what one writes then, all others see. Nodes of several
   * servers share a claim only if its storage allows that. `{ volume: 'scratch', path: '/srv/scratch' }` shows one of
   * `volumes`.
   */
  mounts: sharedMountsSchema.default([]),

  /**
   * Containers that run before the server, one after the other, in Kubernetes' own words. They come before those of
   * Carrel's own that fill the home and fetch files. One that fails fails the start. The home, where the course has one, is the
   * volume `home`; others are those of `volumes`. They get no variable and no token of the server.
   */
  initContainers: initContainersSchema.default([]),
  /**
   * Containers that run beside the server, from before its start until after its end, in Kubernetes' own words. Kubernetes
   * starts one again that ends. Needs Kubernetes 1.29 or newer.
   */
  sidecars: sidecarsSchema.default([]),
  /**
   * Programs that the node runs in the server's own container: `postStart` right after its start, before its learner can
   * come in, and `preStop` before a stop, within the grace period.
   */
  lifecycle: lifecycleSchema.optional(),
  /** Volumes for init containers, sidecars and `mounts`, in Kubernetes' own words. */
  volumes: volumesSchema.default([]),

  /** The claims for storage in which homes are, for courses that have a home. */
  homes: z
    .strictObject({
      /** A StorageClass of the cluster. Default: the cluster's default class. A home keeps the class of its making. */
      storageClass: name.optional(),
      /** Size of a home whose course names none. A course's own size comes first. */
      size: quantity.default('5Gi'),
      accessMode: z.enum(['ReadWriteOnce', 'ReadWriteOncePod', 'ReadWriteMany']).default('ReadWriteOnce'),
      /**
       * Whether the storage refuses what is more than a home's size. Block storage does; many shared file systems do not,
       * and Carrel warns at its start then.
       */
      enforcesSize: z.boolean().default(true),
      /** Image of the short pod that measures a home. Any with `sh` and `du`. Without it no home is measured. */
      measureImage: z.string().min(1).optional(),
    })
    .prefault({}),

  /** More labels for the pods. They may replace `app.kubernetes.io/…`, `component` and `hub.jupyter.org/…`. */
  labels: z.record(extraKey, labelValue).default({}),
  /**
   * More annotations for the pods. They may replace those that keep autoscalers from ending a pod to empty its node
   * (`cluster-autoscaler.kubernetes.io/safe-to-evict: 'false'`, `karpenter.sh/do-not-disrupt: 'true'`).
   */
  annotations: z.record(extraKey, z.string()).default({}),

  priorityClassName: name.optional(),
  schedulerName: name.optional(),
  runtimeClassName: name.optional(),
  /** Grace period for ends that Carrel does not cause, such as the draining of a node. */
  terminationGracePeriodSeconds: z.int().min(0).optional(),
})

export const kubernetesOptions = options.superRefine((all, context) => {
  for (const { path, message } of namesThatMeet(all)) context.addIssue({ code: 'custom', path, message })
})

export type KubernetesOptionsInput = z.input<typeof kubernetesOptions>
export type KubernetesOptions = z.output<typeof kubernetesOptions>

/** The options that may differ from server to server. The others are about the cluster, and about homes. */
export const serverOptionNames = [
  'imagePullPolicy',
  'imagePullSecrets',
  'nodeSelector',
  'nodeAffinity',
  'tolerations',
  'gpu',
  'devices',
  'podAffinity',
  'topologySpread',
  'serviceAccountName',
  'automountServiceAccountToken',
  'security',
  'writable',
  'ephemeralStorage',
  'sharedMemory',
  'secretEnv',
  'internet',
  'mounts',
  'initContainers',
  'sidecars',
  'lifecycle',
  'volumes',
  'labels',
  'annotations',
  'priorityClassName',
  'schedulerName',
  'runtimeClassName',
  'terminationGracePeriodSeconds',
] as const satisfies (keyof KubernetesOptions)[]

/** The options about programs beside the server's own. */
export const besideNames = ['initContainers', 'sidecars', 'lifecycle'] as const satisfies (keyof KubernetesOptions)[]
