/**
 * Every setting of a hub, and the reference for them: one strict schema, whose comments are the documentation.
 *
 * A config file's default export is `defineConfig({ … })`. Environment variables are read in the config file only,
 * and secrets that hub, proxy and culler share are not settings at all (see docs/operating.md, "Secrets").
 */
import { z } from 'zod'
import type { Authenticator } from '../authenticators/authenticator.ts'
import { type Course, courseName, courseSchema } from '../courses/course.ts'
import { frameHeight, groupName, origin, personName } from '../courses/fields.ts'
import { cullerDefaults } from '../culler/defaults.ts'
import { labelOf, plainHttpProblem, publicUrlsProblem, serverOrigin } from '../seats/host.ts'
import type { SpawnerPlugin } from '../spawners/spawner.ts'
import { pageProblems } from './lms-pages.ts'

const spawner = z.custom<SpawnerPlugin>(
  (value) => isRecord(value) && typeof value.name === 'string' && typeof value.open === 'function',
  'a spawner is what a factory returns: dockerSpawner({ … }) imported from carrel/spawners/docker',
)

const authenticator = z.custom<Authenticator>(
  (value) =>
    isRecord(value) &&
    typeof value.name === 'string' &&
    ['password', 'redirect', 'launch', 'temporary'].includes(String(value.kind)) &&
    (value.kind !== 'launch' || (Array.isArray(value.pages) && Array.isArray(value.courses))),
  'an authenticator is what a factory returns: temporary() imported from carrel/authenticators/temporary',
)

/** Where one process reaches another: a socket, or an http(s) URL without path. */
export const endpoint = z
  .string()
  .regex(
    /^(https?:\/\/[^/?#]+|unix\+http:\/\/%2F[^/?#]+)$/,
    'looks like http://127.0.0.1:8001, or unix+http://%2Frun%2Fcarrel%2Fproxy.sock for a socket',
  )

/** An origin, or one with `*` for the label that each server has. */
const serversOrigin = z
  .string()
  .refine(
    (text) => origin.safeParse(serverOrigin(text, 'label')).success,
    'looks like https://nbuser.example.org, or https://*.nbuser.example.org for a host per server: no path, no slash at the end',
  )

const seconds = z.number().positive()

const internal = z
  .strictObject({
    /** The URL that servers get, by which they reach this listener. Default: the listener's own address and port. */
    url: z
      .string()
      .regex(/^https?:\/\/[^/?#@]+$/, 'looks like http://172.30.0.1:8082: scheme, host and port')
      .optional(),
    /** An address that servers reach: the gateway of their Docker network; in a pod 0.0.0.0. */
    ip: z.string().default('127.0.0.1'),
    port: z.int().min(0).max(65535).default(8082),
    socket: z.string().optional(),
  })
  .refine(
    ({ url, ip, socket }) => url !== undefined || (socket === undefined && !['0.0.0.0', '::'].includes(ip)),
    'needs url: servers must be told where they reach a socket, or a listener on all addresses',
  )

/** A limit on a pace: `burst` at once, then `perSecond` a second. */
const pace = z.strictObject({ burst: z.int().positive(), perSecond: z.number().positive() })

const configShape = z.strictObject({
  /** Names this installation on every container and pod, so that two can share one engine or cluster. */
  installation: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, 'up to 40 of a-z, 0-9 and -')
    .default('carrel'),

  hub: z
    .strictObject({
      /** The origin of the hub's pages, as browsers see it. `carrel start` without it: http://127.0.0.1:<port>. */
      url: origin.optional(),
      /**
       * Lets the two URLs be http under names that others reach. Then every machine on the way can read and change
       * everything, browsers do not say where a request comes from, and any host of the same domain can plant a
       * session: a learner may be signed in as another user without noticing. For a network where everyone is trusted,
       * and for a while.
       */
      insecureHttp: z.boolean().default(false),
      /**
       * Lets anyone read `/hub/metrics`, also through the proxy. Otherwise it takes an admin's API token, or the token of
       * `CARREL_METRICS_TOKEN`, which opens nothing else.
       */
      openMetrics: z.boolean().default(false),
      /** Where the hub listens: behind the proxy, so never on a public address. */
      ip: z.string().default('127.0.0.1'),
      port: z.int().min(0).max(65535).default(8081),
      /** A unix socket to listen on instead. */
      socket: z.string().optional(),
      /** A second listener, for learners' servers: the REST API with a server's own token, and nothing else. */
      internal: internal.optional(),
    })
    .prefault({}),

  servers: z
    .strictObject({
      /**
       * The origin of learners' servers, as browsers see it. `https://*.nbuser.example.org` gives each server a host of
       * its own, which keeps servers apart in a browser and is what staff and sharing need; it takes a DNS entry and a
       * certificate for that wildcard. With `https://nbuser.example.org`, one host for all, servers are for their
       * owners only. `carrel start` without it: http://localhost:<port>.
       */
      url: serversOrigin.optional(),
      /**
       * Lets `url` equal `hub.url`. Then code that a learner runs can do all that its visitor can do at the hub:
       * servers are for their owners only, and staff and admins cannot sign in with a browser.
       */
      shareHubOrigin: z.boolean().default(false),
    })
    .prefault({}),

  /** The API listeners of all proxies. `carrel start` fills in its own. */
  proxies: z.array(z.strictObject({ url: endpoint })).default([]),

  /** `sqlite:<file>` for one hub, `postgres://…` for any number. Default: a SQLite file in the data folder. */
  database: z
    .string()
    .regex(/^(sqlite:.+|postgres(ql)?:\/\/.+)$/, 'looks like sqlite:/var/lib/carrel/carrel.sqlite or postgres://…')
    .optional(),

  spawner,
  /** All ways to sign in, in the order of the sign-in page. */
  authenticators: z.array(authenticator).min(1, 'nobody could sign in; add temporary()'),
  /** All courses. They are the allow-list of images: an image without a course here is never started. */
  courses: z.record(courseName, courseSchema),

  /** Names of persons who may do everything at the hub, as their authenticator names them. */
  admins: z.array(personName).default([]),
  /** Persons by the name of their group, for a course's `staff` and for sharing. */
  groups: z.record(groupName, z.array(personName)).default({}),

  /** Sites that may embed courses in frames; a course may add more. */
  embed: z
    .strictObject({
      ancestors: z.array(origin).default([]),
      /** The height in CSS pixels that a notebook wants of its frame, which it sends to pages that listen. */
      height: frameHeight.default(800),
    })
    .prefault({}),

  limits: z
    .strictObject({
      /** Servers that one temporary user may have at once. */
      serversPerUser: z.int().positive().default(3),
      /** Starts that are under way at once; the rest waits in the queue. */
      startsAtOnce: z.int().positive().default(10),
      // When temporary users come without a gate and people can sign in too, temporary users get three quarters of
      // `servers` and of `waiting`, so that a flood of them keeps no person with an account out.
      /** Servers in all; the rest waits in the queue. `unlimited` is as many as the machine or the cluster bears. */
      servers: z
        .int()
        .positive()
        .or(z.literal('unlimited'))
        .default(200)
        .transform((most) => (most === 'unlimited' ? undefined : most)),
      /** Starts that may wait. A launch beyond that is refused, with the advice to try again later. */
      waiting: z.int().positive().default(1000),
      /** Times that one user may open something, counted in each process by itself. Each time is a line of history. */
      launchesPerUser: pace.default({ burst: 300, perSecond: 1 }),
      /** API tokens that one user may make, also in others' names, counted in each process by itself. */
      tokensPerUser: pace.default({ burst: 200, perSecond: 1 / 60 }),
      /** Times that one user may share a notebook, counted in each process by itself. */
      sharesPerUser: pace.default({ burst: 200, perSecond: 1 / 10 }),
      // The limits below are counted for each address that clients come from, in each process by itself. An address of
      // IPv6 is a /64, and its /56 and /48 are counted too, with four and sixteen times as much. A whole school may
      // have one address. The proxy must trust what terminates TLS in front of it, or all clients have one address.
      /** Temporary users and learners that are made. */
      newUsersPerAddress: pace.default({ burst: 500, perSecond: 5 }),
      /** People sent to an identity provider. */
      signInsPerAddress: pace.default({ burst: 500, perSecond: 5 }),
      /** Wrong passwords and unknown tokens. */
      failuresPerAddress: pace.default({ burst: 1000, perSecond: 5 }),
      /** Wrong passwords for one account from one address. The account's owner gets in from any other address. */
      failuresPerAccount: pace.default({ burst: 10, perSecond: 1 / 30 }),
    })
    .prefault({}),

  sessions: z
    .strictObject({
      /** A browser that stays away this long must sign in again. */
      seconds: seconds.default(86_400),
    })
    .prefault({}),

  tokens: z
    .strictObject({
      /** The longest life of a user's API token. */
      maxSeconds: seconds.max(10 * 365 * 86_400).default(365 * 86_400),
    })
    .prefault({}),

  activity: z
    .strictObject({
      /** The time between two requests to the proxies for the traffic that they have seen. */
      collectSeconds: seconds.default(30),
      /** A server without traffic for this long is itself asked for busy kernels and terminals. */
      quietSeconds: seconds.default(300),
      /** The time between two such requests to a server without traffic. */
      probeSeconds: seconds.default(60),
    })
    .prefault({}),

  /** Settings of the culler that `carrel start` runs. A culler that runs apart takes the same settings as flags. */
  culler: z
    .strictObject({
      everySeconds: seconds.default(cullerDefaults.everySeconds),
      idleSeconds: seconds.default(cullerDefaults.idleSeconds),
      /** The age limit of servers, however busy, and of temporary users. 0 is no limit. */
      maxAgeSeconds: z.number().min(0).default(cullerDefaults.maxAgeSeconds),
      /** Whether temporary users are removed too, once they have no server. */
      removeUsers: z.boolean().default(true),
    })
    .prefault({}),
})

/** Lets a check of several sections run as soon as these are right, whatever else is wrong with the file. */
function onceSound(...sections: string[]) {
  return {
    when: ({ value, issues }: z.core.ParsePayload) =>
      isRecord(value) && !issues.some((issue) => sections.includes(String(issue.path?.[0]))),
  }
}

export const configSchema = configShape
  .superRefine(
    ({ hub, servers }, context) => {
      if (hub.url === undefined || servers.url === undefined) return
      const message = publicUrlsProblem(hub.url, servers.url, servers.shareHubOrigin)
      if (message !== undefined) context.addIssue({ code: 'custom', path: ['servers', 'url'], message })
      const open = plainHttpProblem(hub.url, servers.url, hub.insecureHttp)
      if (open !== undefined) context.addIssue({ code: 'custom', path: ['hub', 'url'], message: open })
    },
    onceSound('hub', 'servers'),
  )
  .superRefine(
    ({ servers, embed, courses }, context) => {
      const { url } = servers
      if (url === undefined) return
      const isServers = (origin: string) => origin === url || labelOf(url, origin) !== undefined
      const message =
        "is a name of learners' servers, whose pages are whatever a learner likes: give that site another name"
      const addIssue = (origins: readonly string[], path: string[]) =>
        origins.forEach((origin, index) => {
          if (isServers(origin)) context.addIssue({ code: 'custom', path: [...path, index], message })
        })
      addIssue(embed.ancestors, ['embed', 'ancestors'])
      for (const [slug, course] of Object.entries(courses)) {
        addIssue(course.embed.ancestors, ['courses', slug, 'embed', 'ancestors'])
        addIssue(course.cors, ['courses', slug, 'cors'])
      }
    },
    onceSound('servers', 'embed', 'courses'),
  )
  .superRefine(({ authenticators }, context) => {
    for (const [name, places] of groupBy(allNames(authenticators))) {
      const message = `two authenticators are named "${name}"; give one of them another name`
      if (places.length > 1) context.addIssue({ code: 'custom', path: ['authenticators', places[1] ?? 0], message })
    }
  }, onceSound('authenticators'))
  .superRefine(
    ({ authenticators, courses, embed }, context) => {
      for (const [index, message] of pageProblems(authenticators, { ...embed, courses }))
        context.addIssue({ code: 'custom', path: ['authenticators', index], message })
    },
    onceSound('authenticators', 'courses', 'embed'),
  )
  .superRefine(({ courses }, context) => {
    for (const [slug, names] of groupBy(Object.keys(courses).map((name) => [name.toLowerCase(), name]))) {
      const message = `differs from "${names[0]}" only by case; links do not, so keep one of them`
      if (names.length > 1) context.addIssue({ code: 'custom', path: ['courses', names[1] ?? slug], message })
    }
  }, onceSound('courses'))
  .superRefine(
    ({ courses, groups }, context) => {
      for (const [course, { staff }] of Object.entries(courses)) {
        for (const [index, name] of staff.entries()) {
          if (!name.startsWith('group:') || Object.hasOwn(groups, name.slice('group:'.length))) continue
          const message = `"${name}" is no group of this file; add it to groups, or correct the name`
          context.addIssue({ code: 'custom', path: ['courses', course, 'staff', index], message })
        }
      }
    },
    onceSound('courses', 'groups'),
  )
  .transform((config) => ({ ...config, courses: withNames(config.courses, config.spawner) }))

export type ConfigInput = z.input<typeof configShape>
/** A config that is checked and complete, but for what the command line adds. Courses are keyed by slug. */
export type Config = z.output<typeof configSchema>

/** Gives a config its type. The loader checks it, so that all problems of a file are reported in one place. */
export function defineConfig(input: ConfigInput): ConfigInput {
  return input
}

/** Returns (name, index in the config) of all authenticators, those in front of a temporary one included. */
function allNames(authenticators: Authenticator[]): [string, number][] {
  return authenticators.flatMap((one, index): [string, number][] => [
    [one.name, index],
    ...(one.kind === 'temporary' && one.behind ? [[one.behind.name, index] as [string, number]] : []),
  ])
}

/** Memory of a course that sets none. Without a guarantee, Kubernetes would reserve the whole limit. */
const defaults = { memory: 2 * 2 ** 30, memoryGuarantee: 256 * 2 ** 20 }

function withNames(
  courses: Record<string, z.output<typeof courseSchema>>,
  { enforcesLimits }: SpawnerPlugin,
): Record<string, Course> {
  return Object.fromEntries(
    Object.entries(courses).map(([name, course]) => {
      const slug = name.toLowerCase()
      const limits = enforcesLimits === false ? course.limits : withMemory(course.limits)
      const { memory } = limits
      return [
        slug,
        {
          ...course,
          limits: { ...limits, memory: memory === Number.POSITIVE_INFINITY ? undefined : memory },
          name,
          slug,
        },
      ]
    }),
  )
}

function withMemory(limits: Course['limits']): Course['limits'] {
  const { memory, memoryGuarantee = defaults.memoryGuarantee } = limits
  if (memory !== undefined) return limits
  return { ...limits, memory: Math.max(defaults.memory, memoryGuarantee), memoryGuarantee }
}

function groupBy<T>(pairs: [string, T][]): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const [key, value] of pairs) groups.set(key, [...(groups.get(key) ?? []), value])
  return groups
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
