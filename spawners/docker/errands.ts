/** Errands: short programs, each in a container of its own, without network. */
import type { ErrandContext, ErrandEnd, ErrandSpec, Errands, FoundErrand } from '../files.ts'
import { SpawnError } from '../spawner.ts'
import { attach, exchange } from './attach.ts'
import { errandOptions } from './container.ts'
import { create, inspect, listLabelled, removeLabelled, startOne } from './containers.ts'
import type { DockerContext } from './context.ts'
import { until } from './engine.ts'
import { explained } from './explain.ts'
import { provideBundles } from './files/bundles.ts'
import { userOfImage } from './files/image-user.ts'
import { assertHome, ownerOf, prepareFiles } from './files/prepare.ts'
import { provideImage } from './images/image.ts'
import { errandContainer, isPart, label, labelFilters, ownLabel } from './labels.ts'
import { contextFor } from './server-options.ts'
import { settled } from './settled.ts'
import { containerStatus, hasProcesses } from './status.ts'

/** Seconds between the end of a program's streams and its own. */
const secondsToExit = 20

export function containerErrands(docker: DockerContext): Errands {
  const { engine, installation } = docker
  return {
    run: (errand, context) => run(docker, errand, context),

    async list() {
      const all = await listLabelled(engine, labelFilters(installation, label.errand))
      const errandsFirst = all.sort((a, b) => Number(isPart(a.Labels)) - Number(isPart(b.Labels)))
      const found = new Map<string, FoundErrand>()
      for (const { Id, Names, Labels, State } of errandsFirst) {
        const id = ownLabel(Labels, 'errand')
        const home = ownLabel(Labels, 'home')
        const name = Names[0]?.replace(/^\//, '') ?? Id
        if (id !== undefined && !found.has(id))
          found.set(id, { id, name, running: hasProcesses(State), ...(home !== undefined && { home }) })
      }
      return [...found.values()]
    },

    end: (id) => end(docker, id),
  }
}

/** Removes all that belongs to an errand. */
async function end({ engine, installation }: DockerContext, id: string): Promise<void> {
  await removeLabelled(engine, labelFilters(installation, `${label.errand}=${id}`), () => 0, {})
}

async function run(docker: DockerContext, errand: ErrandSpec, context: ErrandContext): Promise<ErrandEnd> {
  const { signal } = context
  signal.throwIfAborted()
  const { engine } = docker
  const name = errandContainer(errand.id)
  return explained(signal, async () => {
    // Before the image is fetched for nothing; the creation decides.
    if ((await inspect(engine, name, { signal })) !== undefined) throw idTaken(name)
    let isOurs = true
    try {
      const id = await make(docker, errand, context)
      if (id === undefined) {
        isOurs = false
        throw idTaken(name)
      }
      return await runToEnd(docker, id, context)
    } finally {
      if (isOurs) await end(docker, errand.id)
    }
  })
}

/** Makes the container of an errand, with its files ready, and returns its id; undefined when its name is taken. */
async function make(
  spawner: DockerContext,
  errand: ErrandSpec,
  { signal, stdin, bundle }: ErrandContext,
): Promise<string | undefined> {
  const docker = contextFor(spawner, errand.options)
  const { engine, options, installation } = docker
  const name = errandContainer(errand.id)
  await provideImage(engine, errand.image, options, { signal, report: () => undefined })
  await assertHome(docker, errand, { signal })
  const volumes = await provideBundles(docker, errand, errand.image, bundle, { signal })
  const bare = errandOptions(options, installation, errand, { volumes, stdin: stdin !== undefined })
  const owner = ownerOf(name, bare.Labels ?? {})
  const user = await userOfImage(docker, errand.image, owner, errand.env ?? {}, { signal })
  // The program takes the place of the entry point that would have changed the user.
  const request = { ...bare, ...(user.drops && { User: `${user.uid}:${user.gid}` }) }
  const id = await create(engine, name, request, { signal })
  if (id === undefined) return
  const { image, env = {}, home, bundles } = errand
  await prepareFiles(docker, { ...owner, id, image, env, user, home, bundles }, { signal })
  return id
}

async function runToEnd(
  { engine }: DockerContext,
  id: string,
  { signal, stdin, stdout }: ErrandContext,
): Promise<ErrandEnd> {
  const attached = await attach(engine, id, { stdin }, { signal })
  const onAbort = () => attached.close()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    await startOne(engine, id, { signal })
    // The streams end with the program, also when it is killed or its engine stops.
    const lines = await exchange(attached, { stdin, stdout })
    signal.throwIfAborted()
    const look = async () => {
      const found = await inspect(engine, id, { signal })
      if (found === undefined) throw ended(`the container ${id} has been removed`)
      return containerStatus(found.State).state === 'exited' ? found : undefined
    }
    // A program that still runs then has lost its connection, and some of its output with it.
    const seen = await until(secondsToExit, look)
    const status = seen && (await settled(engine, seen, signal))
    if (status?.state !== 'exited' || status.code === undefined)
      throw ended(`the streams of ${id} ended before its program`)
    return { code: status.code, ...(status.outOfMemory && { outOfMemory: true }), lines }
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
    attached.close()
  }
}

function ended(detail: string): SpawnError {
  return new SpawnError('The work on the files was ended before it was done.', { detail })
}

function idTaken(name: string): Error {
  return new Error(`the errand ${name} is there already`)
}
