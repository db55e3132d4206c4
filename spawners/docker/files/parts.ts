/**
 * Containers that help another one, the owner: most are never started, and the others run a short program to its end. Their
 * names are made of the owner's, so that a start that goes on after a kill finds them, and the stop of the owner removes them.
 */
import { SpawnError } from '../../spawner.ts'
import { type PartSpec, partOptions } from '../container.ts'
import { create, inspect, lastLines, removeOne, startOne } from '../containers.ts'
import type { DockerContext } from '../context.ts'
import { type RequestTimes, refusedWith } from '../engine.ts'
import type { Owner } from '../labels.ts'

export interface PartEnd {
  code: number
  lines: string[]
}

/** Seconds that a part's program may take: it copies what an image has, or changes the owner of a whole home. */
const longest = 3600

/**
 * Runs a part's program to its end and removes its container. One that another hub has made, or that a killed hub has left,
 * is used. So the program must do the same each time. Where the owner has an id already, its removal ends the part.
 */
export async function runPart(
  docker: DockerContext,
  owner: Owner & { id?: string },
  spec: PartSpec,
  times: RequestTimes,
): Promise<PartEnd> {
  const { engine, options } = docker
  const name = `${owner.name}-${spec.part}`
  for (let tries = 0; tries < 4; tries++) {
    const made = await create(engine, name, partOptions(options, owner, spec), times)
    const id = made ?? (await inspect(engine, name, times))?.Id
    if (id === undefined) continue
    // The owner is looked for after the part was made: an earlier stop is seen here, and a later one finds the part.
    if (owner.id !== undefined && (await inspect(engine, owner.id, times)) === undefined) {
      await removeOne(engine, id, 0, {})
      throw new SpawnError('The start of your notebook was ended.', { detail: `${owner.name} has been removed` })
    }
    const end = await endOf(docker, id, times)
    if (end !== undefined) return end
  }
  throw new Error(`the container ${name} was removed again and again before its end was known`)
}

/** Returns how a part has ended; undefined when another hub has removed it. */
async function endOf({ engine }: DockerContext, id: string, times: RequestTimes): Promise<PartEnd | undefined> {
  try {
    await startOne(engine, id, times)
    await engine.request(`wait for ${id}`, (to) => engine.docker.getContainer(id).wait(to), {
      ...times,
      extraSeconds: longest,
    })
    const found = await inspect(engine, id, times)
    if (found === undefined) return
    const lines = (await lastLines(engine, id)) ?? []
    return { code: found.State.ExitCode, lines }
  } catch (error) {
    if (refusedWith(error, 404) && (await inspect(engine, id, times)) === undefined) return
    throw error
  } finally {
    // A start that is aborted leaves it to the stop, since another hub may be using it.
    if (times.signal?.aborted !== true) await removeOne(engine, id, 0, {})
  }
}

/** Makes a container that is never started, for `use`, and removes it. Its volumes cannot be removed until then. */
export async function withHolder<T>(
  { engine, options }: DockerContext,
  name: string,
  labels: Owner['labels'],
  spec: PartSpec,
  times: RequestTimes,
  use: (id: string) => Promise<T>,
): Promise<T> {
  const id = await create(engine, name, partOptions(options, { labels }, spec), times)
  if (id === undefined) throw new Error(`the name ${name} of a container is taken`)
  try {
    return await use(id)
  } finally {
    await removeOne(engine, id, 0, {})
  }
}
