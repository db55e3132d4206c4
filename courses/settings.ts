/**
 * Settings of servers that a course says, that a rule may say otherwise for servers of some of its users, and a choice for
 * those who take it: one schema for all. Later ones win: the spawner's own options, the course, the rule, then the choice.
 */
import { z } from 'zod'
import { didYouMean } from '../net/settings/near.ts'
import { bytes, groupName, personName } from './fields.ts'
import { settingsFolder, withSettingsFolder } from './files.ts'

const limits = z.strictObject({
  /** Cores that a server may use: `0.5`. */
  cpu: z.number().positive().optional(),
  cpuGuarantee: z.number().positive().optional(),
  /**
   * Memory that a server may use, in bytes or as `512M`, `4G`: its programs are ended when they take more. Default:
   * `2G`, or `memoryGuarantee` if that is more. `unlimited` allows all that the machine has. The process spawner
   * enforces nothing, so its servers are always unlimited.
   */
  memory: bytes.or(z.literal('unlimited').transform(() => Number.POSITIVE_INFINITY)).optional(),
  /** Memory that is reserved for a server. Default: 256M if `memory` is not set either, else nothing. */
  memoryGuarantee: bytes.optional(),
})

export const variables = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string())

const options = z.record(z.string(), z.json())

/**
 * When the culler stops a server: `'never'`, or limits in place of the culler's own. Limits that are left out are the
 * culler's.
 */
export const cullSchema = z.union([
  z.literal('never', "is 'never', or limits like { idleSeconds: 3600, maxAgeSeconds: 0 }"),
  z.strictObject({
    /** A server that is idle this long is stopped. */
    idleSeconds: z.number().positive().optional(),
    /** A server of this age is stopped, however busy. 0 is no limit. */
    maxAgeSeconds: z.number().min(0).optional(),
    /**
     * Whether a server with a busy kernel or terminal counts as active. With `false` only its traffic does, so a
     * computation ends too that runs while no browser shows it. Default: true.
     */
    spareBusy: z.boolean().optional(),
  }),
])

export type Cull = z.output<typeof cullSchema>

/** The settings as a rule says them: each is optional, and one that is left out stays as it is. */
export const settingsShape = {
  limits: limits.optional(),
  gpu: z.boolean().optional(),
  env: variables.optional(),
  options: options.optional(),
  cull: cullSchema.optional(),
}

/** The settings as a course says them. */
export const courseSettings = z.object({
  env: variables.default({}),
  limits: limits.default({}),
  gpu: z.boolean().default(false),
  /**
   * Options of the spawner for the course's servers, under the names that the spawner's own options have. Each takes the
   * place of the spawner's own as a whole. Which of them may be said here, each spawner's options say.
   */
  options: options.default({}),
  /** When the culler stops the course's servers. Default: as the culler's own limits say. */
  cull: cullSchema.optional(),
})

const roles = ['admin', 'staff', 'person', 'learner', 'temporary'] as const
const rolesInWords = roles.map((role) => `'${role}'`).join(', ')

function oneOrMore<T extends z.ZodType>(one: T) {
  return z.union([one, z.array(one).min(1)])
}

/**
 * The users whose servers a rule means, also where others start them. All that is named must hold; of a list, one.
 * Without anything named, all users are meant.
 */
const whenSchema = z.strictObject({
  /**
   * - `admin`: an admin of the site.
   * - `staff`: staff of the course that the server is of, and admins.
   * - `person`: a user who has signed in with an account.
   * - `learner`: a user who comes from an LMS.
   * - `temporary`: a temporary user, also one behind a sign-in.
   */
  role: oneOrMore(
    z.enum(roles, {
      error: ({ input }) =>
        typeof input === 'string'
          ? `is one of ${rolesInWords}, or a list of them${didYouMean(input, roles)}`
          : 'must be a word',
    }),
  ).optional(),
  /** Groups by their names, without `group:`. Only persons whose names are proven are in groups. */
  group: oneOrMore(groupName).optional(),
  /** Persons, as their authenticator names them, whose names are proven. */
  name: oneOrMore(personName).optional(),
})

/** Other settings for servers of some users. The first rule that means a server's owner counts, and no other. */
export const ruleSchema = z.strictObject({ when: whenSchema, ...settingsShape })

export type Settings = { [Name in keyof typeof settingsShape]?: z.output<(typeof settingsShape)[Name]> }
export type Role = (typeof roles)[number]
export type When = z.output<typeof whenSchema>
export type SettingsRule = z.output<typeof ruleSchema>

/** What has the settings of a course. */
export type Settled = z.output<typeof courseSettings>

/**
 * Returns the course, or the like, with these settings in the place of its own: limits, variables and options one by one,
 * the others as a whole. Pure.
 */
export function withSettings<T extends Settled>(course: T, settings: Settings): T {
  const { gpu = course.gpu, cull = course.cull } = settings
  return {
    ...course,
    limits: withLimits(course.limits, settings.limits),
    gpu,
    env: withVariables(course.env, settings.env),
    options: { ...course.options, ...settings.options },
    cull,
  }
}

/** A guarantee that comes from the course is no more than a limit in the course's place. */
function withLimits(own: Settled['limits'], given: Settings['limits'] = {}): Settled['limits'] {
  const { cpu = own.cpu, memory = own.memory, cpuGuarantee, memoryGuarantee } = given
  const merged = {
    cpu,
    cpuGuarantee: cpuGuarantee ?? least(own.cpuGuarantee, given.cpu),
    memory: memory === Number.POSITIVE_INFINITY ? undefined : memory,
    memoryGuarantee: memoryGuarantee ?? least(own.memoryGuarantee, given.memory),
  }
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined))
}

function least(own: number | undefined, limit: number | undefined): number | undefined {
  return own === undefined || limit === undefined ? own : Math.min(own, limit)
}

/** Jupyter goes on to find the settings that are laid into the course's servers. */
function withVariables(own: Record<string, string>, given: Record<string, string> = {}): Record<string, string> {
  const isLaid = own.JUPYTER_CONFIG_PATH?.split(':')[0] === settingsFolder
  const isHidden = isLaid && given.JUPYTER_CONFIG_PATH !== undefined
  return { ...own, ...(isHidden ? withSettingsFolder(given) : given) }
}
