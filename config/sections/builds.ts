/** The images that the hub makes of repositories. Only the config names them, so the operator alone decides what is built. */
import { z } from 'zod'
import { buildNamed } from '../../courses/built-image.ts'
import { gitAddress, gitRef } from '../../courses/content/git-address.ts'
import { bytes } from '../../courses/fields.ts'
import { didYouMean } from '../../net/settings/near.ts'
import type { BuilderPlugin, SpawnerPlugin } from '../../spawners/spawner.ts'
import { isRecord, named } from '../sound.ts'
import { gitHosts } from './git.ts'

const builder = z.custom<BuilderPlugin>(
  (value) => isRecord(value) && typeof value.name === 'string' && typeof value.open === 'function',
  {
    message: 'a builder is what a factory returns: dockerBuilder({ … }) imported from carrel/spawners/docker-builder',
    abort: false,
  },
)

const buildName = z
  .string()
  .max(40, 'the name of a build has 40 characters at most')
  .regex(
    /^[a-z0-9]+([._-][a-z0-9]+)*$/,
    'the name of a build has a-z and 0-9, with single . _ - in between: courses say @ and this name',
  )

const inRepository = z
  .string()
  .min(1)
  .max(300)
  .refine(
    (path) => !/[\p{Cc}\\]/u.test(path) && !path.split('/').some((part) => ['', '.', '..'].includes(part)),
    'is a path in the repository, without .. and without a slash at its ends',
  )

const image = z.strictObject({
  /**
   * The repository: `https://git.example.org/courses/python`, `ssh://git@git.example.org/…` or `git@git.example.org:courses/python`. What
   * opens a private one is given by `carrel images key`, and never stands here.
   */
  git: gitAddress,
  /** A branch, a tag, or a whole commit. Default: what the repository's HEAD names. */
  ref: gitRef.optional(),
  /** The folder of the repository from which it is made. Default: all of it. */
  folder: inRepository.optional(),
  /** The image on which it is built where the repository has no Dockerfile of its own. */
  base: z
    .string()
    .min(1)
    .max(500)
    .refine(
      (base) => buildNamed(base) === undefined,
      'is an image of a registry or of the engine: none that the hub builds can be the base of another',
    )
    .optional(),
  /** The path of the Dockerfile in that folder. Default: what the repository has, docs/operating.md. */
  dockerfile: inRepository.optional(),
  /** Whether files of the repository come into the image too, where it has no Dockerfile. */
  files: z.boolean().default(false),
  /** Whether the commands of the Dockerfile may reach the network. */
  network: z.boolean().default(true),
  /** What these commands may take. */
  limits: z.strictObject({ cpu: z.number().positive().optional(), memory: bytes.optional() }).default({}),
  /** The longest time of one try, from fetching to the end. A hub that takes a build over begins it anew. */
  timeoutMinutes: z
    .number()
    .positive()
    .max(24 * 60)
    .default(60),
})

export type ImageSettings = z.output<typeof image>

export const buildsSchema = z
  .strictObject({
    /** The images by their names. Courses, tags and apps say `image: '@name'`. */
    images: named(buildName, image).default({}),
    /** Where images are made. Default: where the spawner can do so itself. */
    builder: builder.optional(),
    /** Hosts like those of `git.hosts`, for repositories of images only. */
    gitHosts,
    /** How many images are made at once, by all hubs together. */
    atOnce: z.int().min(1).max(16).default(1),
  })
  .prefault({})

interface Given {
  spawner: SpawnerPlugin
  builds: z.output<typeof buildsSchema>
  courses: Record<string, { image: string; tags: Said; apps: Said }>
}

type Said = Record<string, { image?: string | undefined }>
type Problem = [path: string[], message: string]

/** Returns what is wrong with the images that courses have built, each problem with its place. Pure. */
export function buildProblems({ spawner, builds, courses }: Given): Problem[] {
  return [...unknownNames(builds, courses), ...withoutBuilder(spawner, builds)]
}

function unknownNames({ images }: Given['builds'], courses: Given['courses']): Problem[] {
  const known = Object.keys(images)
  return Object.entries(courses).flatMap(([course, { image, tags, apps }]) => {
    const named: [path: string[], image: string | undefined][] = [
      [[], image],
      ...Object.entries(tags).map(([tag, one]): [string[], string | undefined] => [['tags', tag], one.image]),
      ...Object.entries(apps).map(([app, one]): [string[], string | undefined] => [['apps', app], one.image]),
    ]
    return named.flatMap(([path, said]): Problem[] => {
      const name = said === undefined ? undefined : buildNamed(said)
      if (name === undefined || known.includes(name)) return []
      const hint =
        didYouMean(
          `@${name}`,
          known.map((one) => `@${one}`),
        ) || '; name it there, or correct it here'
      return [[['courses', course, ...path, 'image'], `"@${name}" is not in builds.images${hint}`]]
    })
  })
}

function withoutBuilder(spawner: SpawnerPlugin, { images, builder }: Given['builds']): Problem[] {
  if (Object.keys(images).length === 0 || builder !== undefined) return []
  if (spawner.refusal !== undefined || spawner.builds === true) return []
  const message = `the ${spawner.name} spawner makes no images: say builds.builder, such as dockerBuilder({ … }), or take this out`
  return [[['builds', 'images'], message]]
}
