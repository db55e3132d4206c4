/**
 * Builds images at an engine and pushes them to a registry, from which nodes of a cluster and other engines fetch them:
 * `builds: { builder: dockerBuilder({ push: 'registry.example.org/courses' }) }`.
 */
import { z } from 'zod'
import { readSettings } from '../../../net/settings/read.ts'
import type { Builder } from '../../builder.ts'
import type { BuilderPlugin, Installation } from '../../spawner.ts'
import { assertUsable, connect } from '../engine.ts'
import { dockerOptions } from '../options.ts'
import { baseImage } from './base.ts'
import { buildAt, builtHere } from './build.ts'
import { networkOfBuilds } from './builder.ts'
import { listBuilds, removeBuild } from './kept.ts'
import { referenceIn } from './place.ts'
import { type PushPlace, push, pushedDigest } from './push.ts'

const { host, registryAuth, timeoutSeconds } = dockerOptions.shape

/** The options of `dockerBuilder`. */
export const dockerBuilderOptions = z.strictObject({
  /** The address of the engine that builds, as the Docker spawner's option of this name. */
  host,
  /**
   * Where images are pushed, as the beginning of their names: `registry.example.org/courses`. The image of the build `python` is
   * `registry.example.org/courses/python:…` then, and the spawner's nodes or engine must be able to fetch it.
   */
  push: z
    .string()
    .regex(
      /^(localhost|[a-z0-9-]+(\.[a-z0-9-]+)+|[a-z0-9.-]+(?=:))(:\d+)?(\/[a-z0-9]+([._-][a-z0-9]+)*)*$/,
      'is a registry with a folder, like registry.example.org/courses; that of Docker Hub is docker.io',
    ),
  /** The login that may push there. */
  auth: z.strictObject({ username: z.string().min(1), password: z.string().min(1) }).optional(),
  /** The login for the registry of private base images, as the Docker spawner's option of this name. Default: `auth`. */
  registryAuth,
  /** Seconds that the engine may take for one answer, and be silent while it fetches or pushes. */
  timeoutSeconds,
})

export type DockerBuilderInput = z.input<typeof dockerBuilderOptions>
type Options = z.output<typeof dockerBuilderOptions>

/** Makes the plug-in; see above for its options. */
export function dockerBuilder(input: DockerBuilderInput): BuilderPlugin {
  const name = 'docker'
  const { settings: options, refusal } = readSettings(dockerBuilderOptions, input)
  if (refusal !== undefined) return { name, refusal, open: () => Promise.reject(refusal) }
  const { url } = connect(options)
  return {
    name,
    ...(url !== undefined && { controlUrls: [url] }),
    settings: () => ({ given: input, effective: options }),
    async open({ installation }) {
      const place = placeOf(options, installation)
      await assertUsable(place.engine, undefined)
      return openBuilder(place)
    },
  }
}

function placeOf(options: Options, installation: Installation): PushPlace {
  const engine = connect(options)
  const serveraddress = options.push.split('/', 1)[0] ?? ''
  const login = options.auth && { ...options.auth, serveraddress }
  const settings = dockerOptions.parse({
    ...(options.host !== undefined && { host: options.host }),
    registryAuth: options.registryAuth ?? login,
    timeoutSeconds: options.timeoutSeconds,
  })
  const memory = { users: new Map(), bundles: new Map(), filling: new Map(), networks: new Map(), images: [] }
  return {
    ...{ engine, installation, login },
    prefix: `${options.push}/`,
    fetching: settings,
    network: (signal) => networkOfBuilds({ engine, installation, memory, options: settings }, signal),
  }
}

function openBuilder(place: PushPlace): Builder {
  const built = (name: string, id: string) => ({ reference: referenceIn(place, name), id })
  return {
    referenceOf: (name) => referenceIn(place, name),
    async find(name, { signal }) {
      const id = await pushedDigest(place, name, signal)
      return id === undefined ? undefined : built(name, id)
    },
    async build(build, context) {
      const { name } = build
      const { signal } = context
      // A registry may deny what it does not have; the push then tells whether the login is right.
      const there = await pushedDigest(place, name, signal, { denialIsNone: true })
      if (there !== undefined) return built(name, there)
      if ((await builtHere(place, name, signal)) === undefined) await buildAt(place, build, context)
      return built(name, await push(place, name, context))
    },
    base: (image, context) => baseImage(place, image, context),
    list: ({ signal }) => listBuilds(place, signal),
    remove: (name, { signal }) => removeBuild(place, name, signal),
  }
}
