/**
 * What a run is made of: the part of its course's definition from which its spec is built. The hub that queues a run
 * decides it, and every hub that has to do with the run reads it here, whatever the hub's own config says meanwhile.
 */
import { z } from 'zod'
import { buildNamed } from '../../courses/built-image.ts'
import type { Chosen } from '../../courses/choices.ts'
import {
  copiedContent,
  linksOfContent,
  mountOfCopied,
  mountsOfContent,
  withModules,
} from '../../courses/content/laid.ts'
import type { Course } from '../../courses/course.ts'
import { withInsideFolder } from '../../courses/inside/inside.ts'
import { programSchema, speaksJupyter } from '../../courses/programs.ts'
import { type Answers, answerFolders, fileVariables, writtenVariables } from '../../courses/questions/answers.ts'
import { cullSchema } from '../../courses/settings.ts'
import { startFile } from '../../courses/start.ts'
import { hasStrip } from '../../courses/strip.ts'
import type { MountedBundle } from '../../spawners/files.ts'
import { imageOf } from '../builds/images.ts'
import { breaksReference, type Database } from '../db/dialect.ts'
import { type DefinitionText, definitionOf } from '../db/servers/definitions.ts'
import type { Server } from '../db/servers/servers.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { insideBundles } from './inside.ts'

/**
 * Strict: a field that this version does not know means that a newer one has queued the run, and a server without what
 * the field stands for would be another one. A new field has a default, which is what earlier versions have meant.
 */
const madeOfSchema = z.strictObject({
  /** The slug of the course or of the variant. */
  course: z.string(),
  image: z.string(),
  program: programSchema.default('jupyter'),
  /** The file that the command of a web program may name. */
  start: z.string().optional(),
  command: z.array(z.string()).optional(),
  env: z.record(z.string(), z.string()),
  limits: z.strictObject({
    cpu: z.number().optional(),
    cpuGuarantee: z.number().optional(),
    memory: z.number().optional(),
    memoryGuarantee: z.number().optional(),
  }),
  gpu: z.boolean(),
  /** Options of the spawner for this server. */
  options: z.record(z.string(), z.json()).default({}),
  /** When the culler stops the server. Default: as the culler's own limits say. */
  cull: cullSchema.optional(),
  /** What was taken of the course's choices, by the names of these. Its settings are in the fields above. */
  chosen: z.record(z.string(), z.string()).default({}),
  /** The answers to the course's questions. Their files are among the bundles too. */
  answers: z
    .record(
      z.string(),
      z.strictObject({
        text: z.string(),
        file: z.strictObject({ digest: z.string(), bytes: z.number() }).optional(),
      }),
    )
    .default({}),
  /** Variables with what users have written, in which nothing is replaced. They come over those of `env`. */
  written: z.record(z.string(), z.string()).default({}),
  startTimeoutSeconds: z.number(),
  pullTimeoutSeconds: z.number(),
  /** The hub's addresses as the server is told them. */
  hubUrl: z.string(),
  internalUrl: z.string().optional(),
  bundles: z
    .array(z.strictObject({ digest: z.string(), path: z.string(), into: z.enum(['read-only', 'home']) }))
    .default([]),
  /** Links in folders of the server that lead into its bundles. */
  links: z
    .array(
      z.strictObject({
        folders: z.array(z.string()),
        to: z.array(z.strictObject({ name: z.string(), path: z.string() })),
      }),
    )
    .default([]),
  /** Whether the owner finds the strip above the notebook. */
  strip: z.literal(true).optional(),
  /** The bundle of which all files are copied at the start, which is among the bundles too, and the commit that it is of. */
  copied: z.strictObject({ digest: z.string(), commit: z.string() }).optional(),
  /** How the learner's home is mounted. Which home that is, the server's row says. */
  home: z.strictObject({ path: z.string(), fromImage: z.boolean() }).optional(),
})

export type MadeOf = z.output<typeof madeOfSchema>

/** The time for a start where neither the course nor its repository says one. */
const usualStartSeconds = 300

/** Returns what a run of the course, as its owner has it, is made of by this hub's config. Pure. */
export function madeOfCourse(
  { hubUrl, internalUrl, bundles }: Pick<Hub, 'hubUrl' | 'internalUrl'> & Partial<Pick<Hub, 'bundles'>>,
  course: Course,
  { chosen = {}, answers = {}, inside = [] }: Taken = {},
): MadeOf {
  const { slug, image, program, command, env, limits, gpu, options, cull, startTimeoutSeconds, pullTimeoutSeconds } =
    course
  const times = { startTimeoutSeconds: startTimeoutSeconds ?? usualStartSeconds, pullTimeoutSeconds }
  const content = course.brought ?? { bundles: [], staticMappings: [], folders: [] }
  const copied = copiedContent(course)
  const found = inside.length > 0 ? withInsideFolder(env) : env
  const home = course.home && { path: course.home.path, fromImage: course.home.from === 'image' }
  return {
    course: slug,
    image,
    program,
    start: speaksJupyter(program) ? undefined : startFile(course),
    command,
    env: { ...withModules(found, content), ...fileVariables(course, answers) },
    limits,
    gpu,
    options,
    cull,
    chosen,
    answers,
    written: writtenVariables(course, answers),
    ...times,
    hubUrl,
    internalUrl,
    bundles: [
      ...(bundles?.of(slug) ?? []),
      ...mountsOfContent(content),
      ...(copied ? [mountOfCopied(copied)] : []),
      ...answerFolders(course, answers),
      ...inside,
    ],
    links: linksOfContent(content),
    strip: hasStrip(course) || undefined,
    copied,
    home,
  }
}

type Taken = Pick<NextCourse, 'chosen' | 'answers'> & { inside?: MountedBundle[] }

/** A run that is to be queued: its course as its owner has it, what was taken of the course's choices, and the answers. */
export interface NextCourse {
  course: Course
  chosen?: Chosen
  answers?: Answers
}

/**
 * Stores what the next run of the course, as its owner has it, is made of, and calls `act` with the digest, for a
 * transaction in which a row comes to name it. Calls `act` once more where the database has lost what this hub has stored
 * before. The digest is undefined where the course's image is to be built and was not yet: there is nothing to run then.
 */
export async function namingMadeOf<T>(
  hub: Hub,
  { course, ...taken }: NextCourse,
  act: (digest: string | undefined) => Promise<T>,
): Promise<T> {
  const image = await imageOf(hub.db, course.image)
  if (image === undefined) return act(undefined)
  const inside = await insideBundles(hub, course)
  const definition = definitionOf(madeOfCourse(hub, { ...course, image }, { ...taken, inside }))
  try {
    return await actWith(hub, definition, act)
  } catch (error) {
    if (!breaksReference(error)) throw error
    hub.definitions.forget(definition.digest)
    return actWith(hub, definition, act)
  }
}

async function actWith<T>(hub: Hub, definition: DefinitionText, act: (digest: string) => Promise<T>): Promise<T> {
  await hub.bundles.keep()
  await hub.definitions.keep([definition])
  return act(definition.digest)
}

type Run = Pick<Server, 'id' | 'course' | 'madeOf'>

/**
 * Returns what the server's present run is made of. For a run from before this was stored, that is what this hub's config
 * says. Undefined where the config does not know its course, or where a newer version has queued it.
 */
export async function madeOf(hub: Hub, server: Run): Promise<MadeOf | undefined> {
  return (await madeOfEach(hub, [server])).get(server.id)
}

/** Does the same for many servers, with one query at most. Returns the result by the servers' ids. */
export async function madeOfEach(hub: Hub, servers: Run[], db: Database = hub.db): Promise<Map<string, MadeOf>> {
  const values = await hub.definitions.read(
    servers.map((server) => server.madeOf),
    db,
  )
  const read = new Map([...values].map(([digest, value]) => [digest, readMadeOf(hub, digest, value)]))
  return new Map(
    servers.flatMap(({ id, course, madeOf }): [string, MadeOf][] => {
      const open = hub.courses.all[course]
      const isOfCourse = madeOf === undefined && open !== undefined && buildNamed(open.image) === undefined
      const made = isOfCourse ? madeOfCourse(hub, open) : read.get(madeOf ?? '')
      return made === undefined ? [] : [[id, made]]
    }),
  )
}

/** What was read of definitions, by their values, which a hub keeps. Nothing changes what is read. */
const readBefore = new WeakMap<object, z.ZodSafeParseResult<MadeOf>>()

function readMadeOf({ log }: Hub, digest: string, value: unknown): MadeOf | undefined {
  const isKept = typeof value === 'object' && value !== null
  const known = isKept ? readBefore.get(value) : undefined
  const result = known ?? madeOfSchema.safeParse(value)
  if (isKept && known === undefined) readBefore.set(value, result)
  const { data, error } = result
  if (error !== undefined) log.warn({ digest, reason: messageOf(error) }, 'cannot read what a run is made of')
  return data
}
