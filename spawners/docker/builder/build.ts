/**
 * Builds one image at an engine, by the builder that engines have had from the beginning. The other one, BuildKit, ignores the
 * limits of a build, and needs a session through which a build may ask the hub for files and secrets.
 */
import { type BuildContext, BuildError, type ImageBuild } from '../../builder.ts'
import { jsonLines, refusedWith } from '../engine.ts'
import { findImage } from '../images/image.ts'
import { installationLabels, label } from '../labels.ts'
import { buildFailure } from './failure.ts'
import { type BuildEvent, buildProgress, plainLine } from './output.ts'
import { type BuildPlace, foreignLabels, isBuild, referenceIn } from './place.ts'

/** Microseconds in which a build may use its share of processors. */
const period = 100_000

/** Returns the id of the image that was built by this name, at the engine; undefined where there is none. */
export async function builtHere(place: BuildPlace, name: string, signal: AbortSignal): Promise<string | undefined> {
  const found = await findImage(place.engine, referenceIn(place, name), signal)
  return isBuild(found?.Config?.Labels, place.installation, name) ? found?.Id : undefined
}

/** Makes the image and names it. The image has the name only when it is whole and has no labels that lie. */
export async function buildAt(place: BuildPlace, build: ImageBuild, context: BuildContext): Promise<string> {
  const { engine } = place
  const { signal } = context
  context.report({ phase: 'building' })
  const id = await make(place, build, context)
  const made = await findImage(engine, id, signal)
  if (made === undefined) throw new Error(`The image ${id} was removed from the engine before it had a name`)
  const foreign = foreignLabels(made.Config.Labels)
  if (foreign.length > 0) {
    await remove(place, id)
    throw new BuildError(
      `${build.dockerfile}: the image has the label ${plainLine(foreign.join(', '))}, which only Carrel itself may give. Remove it from the Dockerfile, or from the image that it begins with.`,
    )
  }
  // Another hub may have been quicker.
  const other = await builtHere(place, build.name, signal)
  if (other !== undefined) return other
  const [repo, tag] = splitTag(referenceIn(place, build.name))
  await engine.request(`name the image ${id}`, () => engine.docker.getImage(id).tag({ repo, tag }), { signal })
  return id
}

async function make(place: BuildPlace, build: ImageBuild, { signal, report }: BuildContext): Promise<string> {
  const { engine, installation, fetching } = place
  const { cpu, memory } = build.limits
  const login = fetching.registryAuth
  const networkmode = build.network ? await place.network(signal) : 'none'
  const labels = { ...installationLabels(installation), [label.build]: build.name }
  const progress = buildProgress(Object.keys(labels).length)
  const files = build.files()
  // Without a listener an early error of the files would end the process; the request fails with it.
  files.on('error', () => undefined)
  let id: string | undefined
  try {
    const output = await engine.docker.buildImage(files, {
      dockerfile: build.dockerfile,
      labels,
      nocache: !build.cache,
      rm: true,
      forcerm: true,
      networkmode,
      ...(memory !== undefined && { memory, memswap: memory }),
      ...(cpu !== undefined && { cpuperiod: period, cpuquota: Math.max(1000, Math.round(cpu * period)) }),
      ...(login && { registryconfig: { [registryKey(login.serveraddress)]: login } }),
      abortSignal: signal,
    })
    for await (const { stream, aux, error } of jsonLines<BuildEvent>(output)) {
      if (error !== undefined) throw new Error(error)
      if (aux?.ID !== undefined) id = aux.ID
      for (const one of progress(stream ?? '')) report(one)
    }
  } catch (error) {
    signal.throwIfAborted()
    for (const one of progress('\n')) report(one)
    throw files.errored ?? buildFailure(error, build)
  } finally {
    files.destroy()
  }
  signal.throwIfAborted()
  if (id === undefined) throw new Error(`The engine at ${engine.address} ended the build and named no image`)
  return id
}

/** Removes an image that has no name. One that something else needs stays. */
async function remove({ engine }: BuildPlace, id: string): Promise<void> {
  try {
    await engine.request(`remove the image ${id}`, () => engine.docker.getImage(id).remove())
  } catch (error) {
    if (!refusedWith(error, 404, 409)) throw error
  }
}

/** Returns a reference as the engine wants it where it gives names. Pure. */
export function splitTag(reference: string): [repo: string, tag: string] {
  const at = reference.lastIndexOf(':')
  return [reference.slice(0, at), reference.slice(at + 1)]
}

/** Returns the name under which the engine's builder looks for a login. Pure. */
function registryKey(serveraddress: string): string {
  return serveraddress === 'docker.io' ? 'https://index.docker.io/v1/' : serveraddress
}
