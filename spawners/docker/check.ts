/** Looks whether the engine has the images of courses or could fetch them, and fetches none. */
import { inParallel } from '../../net/in-parallel.ts'
import { parseReference } from '../image-reference.ts'
import type { CheckContext, CheckedCourse, Look } from '../spawner.ts'
import { isBuiltHere } from './builder/own-registry.ts'
import { missingAtEngine, missingFiles } from './check-options.ts'
import { assertUsable, connect, type Engine, EngineError, failureIn } from './engine.ts'
import { assertDriver } from './files/homes.ts'
import { findImage, loginFor, misnamed, neverFetched } from './images/image.ts'
import { isRefusal, refusalRemedy } from './images/pull.ts'
import type { DockerOptions } from './options.ts'
import { soundSettings } from './server-options.ts'

/** The most images about which the engine is asked at the same time. */
const atOnce = 8

export async function checkImages(options: DockerOptions, { courses, ask, signal }: CheckContext): Promise<Look[]> {
  const own = courses.map((course): Checked => ({ ...course, settings: soundSettings(options, course.options) }))
  const withImage = own.flatMap(({ image, ...course }) => (image === undefined ? [] : [{ ...course, image }]))
  const wrong = withImage.filter(({ image }) => parseReference(image) === undefined)
  const unnamed = wrong.map(({ name: course, image }): Look => {
    return { course, verdict: 'problem', message: misnamed(image) }
  })
  const unfit = await problemsOf(options, own, missingFiles)
  if (!ask) return [...unnamed, ...unfit]
  const engine = connect(options)
  try {
    await assertUsable(engine, options.network)
    await assertDriver(engine, options)
  } catch (error) {
    signal.throwIfAborted()
    return [...unnamed, ...unfit, { verdict: 'problem', message: (error as Error).message }]
  }
  const lacking = await problemsOf(options, own, (settings) => missingAtEngine(engine, settings, signal))
  const named = withImage.filter((course) => !wrong.includes(course))
  const found = new Map<string, Pick<Look, 'verdict' | 'message'>>()
  const keyOf = ({ image, settings }: (typeof named)[number]) => JSON.stringify([image, (settings ?? options).pull])
  const asked = new Map(named.map((course) => [keyOf(course), course]))
  await inParallel(atOnce, [...asked], async ([key, { image, settings = options }]) => {
    found.set(key, await lookFor(engine, image, settings, signal))
  })
  return [
    ...unnamed,
    ...unfit,
    ...lacking,
    ...named.flatMap((course): Look[] => {
      const look = found.get(keyOf(course))
      if (look === undefined) return []
      const { name, start } = course
      const inside = start === undefined || look.verdict !== 'ok' ? '' : `; whether ${start} is in it is not known`
      return [{ course: name, ...look, message: look.message + inside }]
    }),
  ]
}

/** A course, and the options of its servers; undefined where they are wrong, which the config's own check tells. */
type Checked = CheckedCourse & { settings: DockerOptions | undefined }

/** Returns the problems of the spawner's own options, and those that only courses have. */
async function problemsOf(
  options: DockerOptions,
  courses: readonly Checked[],
  look: (settings: DockerOptions) => Promise<string[]>,
): Promise<Look[]> {
  const common = await look(options)
  const special = courses.filter(({ settings }) => settings !== undefined && settings !== options)
  const found = await Promise.all(
    special.map(async ({ name: course, settings = options }) =>
      (await look(settings))
        .filter((message) => !common.includes(message))
        .map((message): Look => ({ course, verdict: 'problem', message })),
    ),
  )
  return [...common.map((message): Look => ({ verdict: 'problem', message })), ...found.flat()]
}

async function lookFor(
  engine: Engine,
  image: string,
  options: DockerOptions,
  signal: AbortSignal,
): Promise<Pick<Look, 'verdict' | 'message'>> {
  try {
    const isHere = (await findImage(engine, image, signal)) !== undefined
    if (isHere && (options.pull !== 'always' || isBuiltHere(image)))
      return { verdict: 'ok', message: `the engine has its image ${image}` }
    if (options.pull === 'never' || isBuiltHere(image)) {
      return { verdict: 'problem', message: neverFetched(image) }
    }
    return await askRegistry(engine, image, options, signal)
  } catch (error) {
    signal.throwIfAborted()
    return { verdict: 'unknown', message: `whether its image ${image} is there: ${(error as Error).message}` }
  }
}

/** Has the engine ask the registry for the image's manifest, which is what a pull would begin with. */
async function askRegistry(
  engine: Engine,
  image: string,
  options: DockerOptions,
  signal: AbortSignal,
): Promise<Pick<Look, 'verdict' | 'message'>> {
  const name = parseReference(image)?.name ?? image
  const authconfig = loginFor(image, options)
  try {
    await engine.request(
      `ask the registry for ${name}`,
      (to) => engine.docker.getImage(name).distribution({ ...(authconfig && { authconfig }), ...to }),
      { signal },
    )
    return { verdict: 'ok', message: `its image ${image} is to be had from its registry` }
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    const { status, message } = failureIn(error.cause)
    if (status !== undefined && isRefusal(message)) {
      return { verdict: 'problem', message: `its image ${image} is not to be had: ${message}. ${refusalRemedy}.` }
    }
    if (status === undefined || status < 500) throw error
    const remedy = 'Until the registry answers, servers of this course cannot start'
    return { verdict: 'problem', message: `the registry of its image ${image} cannot be asked: ${message}. ${remedy}.` }
  }
}
