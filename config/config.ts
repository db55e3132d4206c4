/**
 * Every setting of a hub, and the reference for them: one strict schema, whose comments are the documentation.
 *
 * A config file's default export is `defineConfig({ … })`. Environment variables are read in the config file only,
 * and secrets that hub, proxy and culler share are not settings at all (see docs/operating.md, "Secrets").
 */
import { z } from 'zod'
import type { Authenticator } from '../authenticators/authenticator.ts'
import { type Course, courseName, courseSchema } from '../courses/course.ts'
import { frameHeight, groupName, origin, originPattern, personName, staffName } from '../courses/fields.ts'
import { filesSchema, jupyterSchema, type LaidFolder } from '../courses/files.ts'
import { homeProblems } from '../courses/home-problems.ts'
import { termsSchema } from '../courses/making/terms.ts'
import { questionProblems } from '../courses/questions/problems.ts'
import { ruleSchema } from '../courses/settings.ts'
import { deprecationProblems } from '../courses/successor.ts'
import { variantProblems, withVariants } from '../courses/variants.ts'
import { cullerDefaults } from '../culler/defaults.ts'
import { coversServers, plainHttpProblem, publicUrlsProblem, serverOrigin } from '../seats/host.ts'
import { courseWithNames } from './course-with-names.ts'
import { withFiles } from './lay-out.ts'
import { pageProblems } from './lms-pages.ts'
import { groupProblems, rolesNamed } from './roles-named.ts'
import { settingsProblems, wrongOptions } from './said-settings.ts'
import { buildProblems, buildsSchema } from './sections/builds.ts'
import { database } from './sections/database.ts'
import { gitSchema } from './sections/git.ts'
import { hooksSchema } from './sections/hooks.ts'
import { limitsSchema } from './sections/limits.ts'
import { mailSchema } from './sections/mail.ts'
import { authenticator, spawner } from './sections/plug-ins.ts'
import { runsSchema } from './sections/runs.ts'
import { type Logo, siteSchema } from './sections/site.ts'
import { snapshotsSchema } from './sections/snapshots.ts'
import { tmpnbProblems, tmpnbSchema } from './sections/tmpnb.ts'
import { named, onceSound, onceThere, refusedOptions, report } from './sound.ts'

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

const configShape = z.strictObject({
  /** Names this installation on every container and pod, so that two can share one engine or cluster. */
  installation: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, 'up to 40 of a-z, 0-9 and -')
    .default('carrel'),

  site: siteSchema,

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

  /**
   * Whether browsers get the files of programs that never change, such as JupyterLab's scripts, from one address for all servers
   * of an image, compressed and once (docs/operating.md). The hub copies them out of each image when a server of it has started.
   */
  staticFiles: z.boolean().default(true),

  /** The API listeners of all proxies. `carrel start` fills in its own. */
  proxies: z.array(z.strictObject({ url: endpoint })).default([]),

  /**
   * `sqlite:<file>` for one hub, `postgres://…` for any number. Default: a SQLite file in the data folder.
   * `{ url, passwordFile }` and a function that returns the URL are read anew for each new connection.
   */
  database: database.optional(),

  spawner,
  /** All ways to sign in, in the order of the sign-in page. */
  authenticators: z.array(authenticator).min(1, 'nobody could sign in; add temporary()'),
  /** All courses. They are the allow-list of images: an image without a course here is never started. */
  courses: named(courseName, courseSchema),
  /** The terms on which people make courses beside these, by the hub's pages and API. Default: only admins make some. */
  courseMaking: termsSchema,
  /** Other settings for servers of some users, in the form of a course's `rules`, which stand before these. */
  rules: z.array(ruleSchema).default([]),

  /** Images that the hub makes of repositories (docs/operating.md). A course says `image: '@name'`. */
  builds: buildsSchema,

  /** Repositories of courses: `content` of a course names one (docs/courses.md, "Content from git"). */
  git: gitSchema,

  /** Files for the servers of all courses, in the form of a course's `files`. */
  files: filesSchema.default({}),
  /** Settings of JupyterLab and Notebook 7 for all courses, in the form of a course's `jupyter`. */
  jupyter: jupyterSchema.default({}),

  /** Who may do everything at the hub: persons, as their authenticator names them, and groups as `group:name`. */
  admins: z.array(staffName).default([]),
  /** Persons by the name of their group, for a course's `staff` and for sharing. An authenticator may add more. */
  groups: named(groupName, z.array(personName)).default({}),

  /**
   * Sites that may embed courses in frames; a course may add more. `https://*.example.org` stands for all names below
   * example.org.
   */
  embed: z
    .strictObject({
      ancestors: z.array(originPattern).default([]),
      /** The height in CSS pixels that a notebook wants of its frame, which it sends to pages that listen. */
      height: frameHeight.default(800),
    })
    .prefault({}),

  /** How mails are sent, for people whom a file registers. Without it their links are shown, to print or hand out. */
  mail: mailSchema.optional(),

  /** Copies of notebooks to read, which users share by a link (docs/snapshots.md). */
  snapshots: snapshotsSchema,

  /** What is kept, for staff, of runs that are over. */
  runs: runsSchema,

  /** Addresses of tmpnb's, for links and programs that were written for it (docs/tmpnb.md). Default: there are none. */
  tmpnb: tmpnbSchema,

  /** Functions that the hub calls before a server starts, when it is ready, and after it has stopped (sections/hooks.ts). */
  hooks: hooksSchema.optional(),

  limits: limitsSchema,

  sessions: z
    .strictObject({
      /** A browser that stays away this long must sign in again. */
      seconds: seconds.default(86_400),
      /**
       * Stops a user's servers when the user signs out, in any browser. The page that asks before the sign-out says so.
       * Servers of temporary users always stop then. A server that stops can lose files, depending on the spawner.
       */
      stopServersAtSignOut: z.boolean().default(false),
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
      /**
       * The time between two looks whether servers without traffic answer at all. A server that answers neither the hub
       * nor any proxy in two looks running is ended, unless many are silent at once.
       */
      lookSeconds: seconds.default(30),
      /** How long a server may take to answer such a look. */
      answerSeconds: z.number().min(0.1).max(60).default(10),
    })
    .prefault({}),

  /** Settings of the culler that `carrel start` runs. A culler that runs apart takes the same settings as flags. */
  culler: z
    .strictObject({
      /** A week at most, since a timer of Node holds at most 24 days. */
      everySeconds: seconds.max(604_800).default(cullerDefaults.everySeconds),
      idleSeconds: seconds.default(cullerDefaults.idleSeconds),
      /** The age limit of servers, however busy, and of temporary users. 0 is no limit. */
      maxAgeSeconds: z.number().min(0).default(cullerDefaults.maxAgeSeconds),
      /** Whether temporary users are removed too, once they have no server. */
      removeUsers: z.boolean().default(true),
    })
    .prefault({}),
})

export const configSchema = configShape
  .superRefine(
    ({ hub, servers }, context) => {
      if (hub.url === undefined || servers.url === undefined) return
      const message = publicUrlsProblem(hub.url, servers.url, servers.shareHubOrigin)
      if (message !== undefined) report(context, ['servers', 'url'], message)
      const open = plainHttpProblem(hub.url, servers.url, hub.insecureHttp)
      if (open !== undefined) report(context, ['hub', 'url'], open)
    },
    onceSound('hub.url', 'hub.insecureHttp', 'servers'),
  )
  .superRefine(
    ({ servers, embed, courses }, context) => {
      const { url } = servers
      if (url === undefined) return
      const message =
        "is or covers a name of learners' servers, whose pages are whatever a learner likes: name the sites one by one, or give servers another name"
      const addIssue = (origins: readonly string[], path: string[]) =>
        origins.forEach((origin, index) => {
          if (coversServers(url, origin)) report(context, [...path, index], message)
        })
      addIssue(embed.ancestors, ['embed', 'ancestors'])
      for (const [slug, course] of Object.entries(courses)) {
        addIssue(course.embed.ancestors, ['courses', slug, 'embed', 'ancestors'])
        addIssue(course.cors, ['courses', slug, 'cors'])
      }
    },
    onceSound('servers.url', 'embed.ancestors', 'courses.*.embed.ancestors', 'courses.*.cors'),
  )
  .superRefine(({ authenticators }, context) => {
    for (const [name, places] of groupBy(allNames(authenticators))) {
      const message = `two authenticators are named "${name}"; give one of them another name`
      if (places.length > 1) report(context, ['authenticators', places[1] ?? 0], message)
    }
  }, onceSound('authenticators'))
  .superRefine(
    ({ authenticators, courses, embed }, context) => {
      for (const [index, message] of pageProblems(authenticators, { ...embed, courses }))
        report(context, ['authenticators', index], message)
    },
    onceSound('authenticators', 'embed.ancestors', 'courses.*.embed.ancestors'),
  )
  .superRefine(({ courses }, context) => {
    for (const [slug, names] of groupBy(Object.keys(courses).map((name) => [name.toLowerCase(), name]))) {
      const message = `differs from "${names[0]}" only by case; links do not, so keep one of them`
      if (names.length > 1) report(context, ['courses', names[1] ?? slug], message)
    }
  }, onceThere('courses'))
  .superRefine(
    (config, context) => {
      for (const [path, message] of groupProblems(config, rolesNamed(config))) report(context, path, message)
    },
    onceThere('courses', 'groups'),
  )
  .superRefine(
    ({ spawner, courses }, context) => {
      if (spawner.homes !== undefined || spawner.refusal !== undefined) return
      for (const [name, course] of Object.entries(courses)) {
        const message = `the ${spawner.name} spawner keeps no homes: take this out, or run servers with a spawner that has homes`
        if (course.home !== undefined) report(context, ['courses', name, 'home'], message)
      }
    },
    onceSound('spawner', 'courses.*.home'),
  )
  .superRefine((config, context) => {
    for (const [path, message] of wrongOptions(config.spawner, config)) report(context, path, message)
  }, onceSound('spawner'))
  .superRefine(
    (config, context) => {
      for (const [path, message] of settingsProblems(config)) report(context, path, message)
    },
    onceSound(
      ...['spawner', 'rules', 'courses.*.rules', 'courses.*.choices'],
      ...['courses.*.limits', 'courses.*.env', 'courses.*.options'],
    ),
  )
  .superRefine(
    (config, context) => {
      for (const [path, message] of buildProblems(config)) report(context, path, message)
    },
    onceSound('spawner', 'builds', 'courses.*.image', 'courses.*.tags', 'courses.*.apps'),
  )
  .superRefine(
    (config, context) => {
      for (const [path, message] of tmpnbProblems(config)) report(context, path, message)
    },
    onceSound('tmpnb', 'authenticators', 'limits.servers'),
  )
  .superRefine(({ spawner, authenticators, builds }, context) => {
    // Told by the loader, which knows the file's lines.
    for (const [path, refusal] of refusedOptions(spawner, authenticators, builds?.builder)) {
      context.addIssue({ code: 'custom', path, message: 'refuses its options', params: { refusal } })
    }
  }, onceSound())
  .transform((config, context) => {
    const whole = withFiles(withNames(config), config)
    const problems = [variantProblems, homeProblems, deprecationProblems, questionProblems].flatMap((of) => of(whole))
    for (const [path, message] of problems) context.addIssue({ code: 'custom', path, message })
    const all = Object.values(whole).flatMap(withVariants)
    return { ...config, courses: Object.fromEntries(all.map((course) => [course.slug, course])) }
  })

export { type Hooks, StartRefused } from './sections/hooks.ts'

export type ConfigInput = z.input<typeof configShape>
/** A config that is checked and complete, but for what the command line adds. Courses are keyed by slug. */
export type Config = z.output<typeof configSchema> & {
  /** The files of each course by its slug, as the loader has read them. */
  laid?: Record<string, LaidFolder[]>
  logo?: Logo
}

/** Gives a config its type. The loader checks it, so that all problems of a file are reported in one place. */
export function defineConfig(input: ConfigInput): ConfigInput {
  return input
}

/** Returns (name, index in the config) of all authenticators, those in front of a temporary one included. */
function allNames(authenticators: Authenticator[]): [string, number][] {
  return authenticators.flatMap((one, index) => {
    const both = one.kind === 'temporary' && one.behind ? [one, one.behind] : [one]
    return both.flatMap(({ name, refusal }): [string, number][] => (refusal === undefined ? [[name, index]] : []))
  })
}

function withNames(config: z.output<typeof configShape>): Record<string, Course> {
  const all = Object.entries(config.courses).map(([name, course]) => courseWithNames(course, name, config))
  return Object.fromEntries(all.map((course) => [course.slug, course]))
}

function groupBy<T>(pairs: [string, T][]): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const [key, value] of pairs) groups.set(key, [...(groups.get(key) ?? []), value])
  return groups
}
