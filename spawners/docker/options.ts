import { z } from 'zod'
import { hubFile } from '../options/hub-file.ts'
import { bytesOf, quantity } from '../options/quantity.ts'
import { secretEnvSchema } from '../options/secret-env.ts'
import { folderProblem } from './files/folders.ts'
import { mountsSchema, type OperatorMount, shows } from './files/operator-mounts.ts'
import { hookSchema } from './inside/label.ts'
import { devicesSchema } from './rights/devices.ts'

const amount = quantity.refine((text) => bytesOf(text) > 0, {
  message: 'is nothing',
  when: ({ issues }) => issues.length === 0,
})

/** The options of `dockerSpawner` that a course, a rule or a choice may say too, for its own servers. */
const forServers = {
  /**
   * With false, servers reach nothing beyond this machine and publish no port; hub and proxy must run on this
   * machine. Where some servers have internet and others not, the spawner makes a network for each kind.
   */
  internet: z.boolean().default(true),
  /** When to fetch an image: if the engine has none of that name, at each start, or never. */
  pull: z.enum(['missing', 'always', 'never']).default('missing'),
  /** More labels for the containers. */
  labels: z
    .record(
      z.string().refine((key) => !key.startsWith('carrel.'), "labels that start with carrel. are Carrel's own"),
      z.string(),
    )
    .default({}),
  /** Another OCI runtime: `runsc`, `sysbox-runc`. The engine must have it. */
  runtime: z
    .string()
    .regex(/^[A-Za-z0-9][\w.-]*$/, 'is the name of a runtime, like runsc')
    .optional(),
  /** The devices that a course with `gpu: true` gets, in the words of `docker run --gpus`. */
  gpu: z
    .strictObject({
      count: z.union([z.int().positive(), z.literal('all')]).default('all'),
      driver: z.string().default(''),
      capabilities: z.array(z.string().min(1)).min(1).default(['gpu']),
    })
    .prefault({}),
  /**
   * Capabilities that servers keep; all others are dropped. Images that start as root and change to a user need
   * `SETUID`, `SETGID`, `CHOWN`.
   */
  capabilities: z.array(z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'looks like NET_BIND_SERVICE')).default([]),
  /** Whether set-uid programs such as sudo give rights inside a server. */
  newPrivileges: z.boolean().default(false),
  /** Processes and threads that one server may have. */
  pidsLimit: z.int().positive().default(1024),
  /** Files and sockets that one process may have open. At most the number that the engine itself may have open. */
  openFiles: z.int().min(256).default(8192),
  /** Megabytes of a server's output that the engine keeps. */
  logMegabytes: z.number().positive().default(10),
  /**
   * Folders that a server may write to, `['/home/jovyan']` for Jupyter's own images. They begin with the image's
   * content. Everything else but `/tmp` is then read-only. With `/`, a server may change its whole file system.
   */
  writable: z
    .array(z.string().regex(/^(\/|(\/(?!\.\.?(\/|$))[\w.-]+)+)$/, 'is a folder like /home/jovyan'))
    .min(1)
    .default(['/']),
  /**
   * Folders of the engine's machine, and volumes that `docker volume create` made, which servers see:
   * `[{ source: '/data/sets', path: '/srv/sets' }]`. Learners read them, and write to them only with `readOnly: false`; what
   * one writes then, all others see. Nothing is made, filled or removed there.
   */
  mounts: mountsSchema.default([]),
  /**
   * The user and group as which a server's programs run, `1000` or `1000:100`, whatever its image says. Its home is given to
   * that user.
   */
  user: z
    .string()
    .regex(/^(0|[1-9]\d{0,9})(:(0|[1-9]\d{0,9}))?$/, 'looks like 1000 or 1000:100')
    .optional(),
  /** Further groups of a server's programs, by number: such as that of a device, or of files at a mount. */
  groups: z.array(z.int().min(0).max(0x7fffffff)).default([]),
  /** Shared memory (`/dev/shm`), `1Gi`, which counts as memory of the server. Default: the engine's, which is 64 MB. */
  sharedMemory: amount.optional(),
  /**
   * How much a server may write to its own file system, `10Gi`, beside home and mounts. The engine must be able to: it
   * refuses the start unless its storage driver is `btrfs` or `zfs`, or `overlay2` on XFS mounted with `pquota`.
   */
  disk: amount.optional(),
  /** Devices of the engine's machine: `[{ source: '/dev/kvm' }]`. Those that would give learners the machine are refused. */
  devices: devicesSchema.default([]),
  /**
   * A seccomp profile in place of the engine's: a file of the hub's machine with JSON, as `docker run --security-opt seccomp`
   * takes it, read at each start. One that allows more than the engine's own takes isolation away.
   */
  seccomp: hubFile.optional(),
  /**
   * Variables of servers whose values are files of the hub's machine, `{ API_KEY: '/etc/carrel/api-key' }`, read at each
   * start. Every learner can read them in her server, as can all who may inspect containers. What `env` says is stronger.
   */
  secretEnv: secretEnvSchema.default({}),
  /**
   * A program that runs in the server's container right after its start, as the server's user: `['sh', '-c', 'git clone …']`. The
   * learner comes in when it has ended; a failure ends the start. It may run a second time when a hub dies meanwhile.
   */
  afterStart: hookSchema.optional(),
  /**
   * A program that runs in the server's container before a stop, as the server's user, within the grace time. A failure is
   * told in the hub's log and stops nothing. A server that ends by itself has none.
   */
  beforeStop: hookSchema.optional(),
}

/** The names of these options. */
export const dockerServerOptions = Object.keys(forServers)

/** The options of `dockerSpawner`; with those above they are the reference. */
export const dockerOptions = z
  .strictObject({
    /**
     * Address of the engine, as in DOCKER_HOST: `unix:///run/docker.sock`, `tcp://127.0.0.1:2375`. Default:
     * DOCKER_HOST, else the usual socket.
     */
    host: z
      .string()
      .regex(/^(unix:\/\/\/.+|(tcp|https?):\/\/[^/]+)$/, 'looks like unix:///run/docker.sock or tcp://127.0.0.1:2375')
      .optional(),
    /**
     * A network that `docker network create` made and that hub and proxy are on, for a proxy that is itself a
     * container. Servers are reached there by name and publish no port; they also reach each other, the hub and the
     * proxy. Without this option the spawner makes a network on which no server reaches another, and each server
     * publishes its port on 127.0.0.1.
     */
    network: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'a network name has letters, digits, dots, underscores and hyphens')
      .refine(
        (name) => !['bridge', 'host', 'none', 'default'].includes(name),
        'containers cannot find each other by name there; make a network with docker network create, and name that one',
      )
      .optional(),
    /**
     * Subnet of the network that the spawner makes, like `172.30.0.0/16`; its first address is the machine's. Default:
     * the engine's choice, as for the network of those servers whose `internet` differs from the spawner's.
     */
    subnet: z.cidrv4('looks like 172.30.0.0/16').optional(),
    /**
     * Credentials for one private registry. No other registry gets them. Credentials of `docker login` are not used.
     */
    registryAuth: z
      .strictObject({
        /** The registry as in an image's name: `registry.example.org:5000`; `docker.io` for Docker Hub. */
        serveraddress: z.string().regex(/^[^/\s]+$/, 'the registry as in an image name, without scheme and path'),
        username: z.string().min(1),
        password: z.string().min(1),
      })
      .optional(),
    ...forServers,
    /** The port on which servers listen, inside their container. */
    port: z.int().min(1).max(65535).default(8888),
    /**
     * Where homes lie. Default: a volume of the engine for each, named `carrel-home-<id>`, whose size nothing limits.
     *
     * - `folder`: a folder of the engine's machine for each, under a template: `/srv/students/{user}/{course}`. The part
     *   before the first placeholder must be there. `{user}` is the account's key and `{course}` the course's id, with odd
     *   bytes as `~xx`; `{id}` is the home's id. A folder that is there already is used with its files.
     * - `driver` and `options`: the volume driver and its options, with `{id}` and `{size}`, the bytes that a course says.
     *   Options with `{size}` are left out where a course says none. On a file system with project quotas,
     *   `{ options: { size: '{size}' } }` has the engine's own driver limit sizes.
     */
    homes: z
      .strictObject({
        folder: z
          .string()
          .superRefine((folder, context) => {
            const problem = folderProblem(folder)
            if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
          })
          .optional(),
        driver: z
          .string()
          .regex(/^[A-Za-z0-9][\w./:-]*$/, 'a volume driver, such as local')
          .optional(),
        options: z.record(z.string().min(1), z.string()).optional(),
      })
      .refine(({ folder, driver, options }) => folder === undefined || (driver ?? options) === undefined, {
        message: 'folder stands alone: driver and options are for volumes',
      })
      .optional(),
    /** Seconds that the engine may take for one answer; after that the request has failed. */
    timeoutSeconds: z.number().positive().default(60),
  })
  .refine(({ network, internet, subnet }) => network === undefined || (internet && subnet === undefined), {
    message:
      'internet and subnet are for the network that the spawner makes; the one that network names is as you have made it',
    when: ({ value }) => typeof value === 'object' && value !== null,
  })
  .refine(({ host, mounts }) => !showsSocket(mounts, host), {
    path: ['mounts'],
    message: 'would give learners the socket of the engine, and the machine with it',
  })

/** Says whether a mount shows the socket of the engine; the usual ones are refused everywhere. */
function showsSocket(mounts: readonly OperatorMount[], host = process.env.DOCKER_HOST ?? ''): boolean {
  return host.startsWith('unix://') && shows(mounts, host.slice('unix://'.length))
}

export type DockerOptionsInput = z.input<typeof dockerOptions>
export type DockerOptions = z.output<typeof dockerOptions>
