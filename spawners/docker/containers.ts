/** Requests about containers. Refusals that are expected (not there, there already) are returned, not thrown. */
import type { ContainerCreateOptions, ContainerInfo, ContainerInspectInfo, ContainerStats } from 'dockerode'
import { type Engine, EngineError, type RequestTimes, refusedWith } from './engine.ts'
import { logLines } from './status.ts'

/** Returns the container with this name or id, or undefined when there is none. */
export async function inspect(
  { docker, request }: Engine,
  name: string,
  limits?: RequestTimes,
): Promise<ContainerInspectInfo | undefined> {
  return unless([404], () => request(`inspect ${name}`, (to) => docker.getContainer(name).inspect(to), limits))
}

/** Creates a container and returns its id, or undefined when the name is taken. */
export async function create(
  { docker, request }: Engine,
  name: string,
  options: ContainerCreateOptions,
  limits: RequestTimes,
): Promise<string | undefined> {
  // Without `_query` and `_body`, dockerode repeats all options in the URL, and so the secrets in the environment.
  const call = { _query: { name }, _body: options }
  const made = await unless([409], () =>
    request(`create ${name}`, (to) => docker.createContainer(Object.assign(call, to)), limits),
  )
  return made?.id
}

/** Starts a container. Succeeds when it runs already. */
export async function startOne({ docker, request }: Engine, id: string, limits: RequestTimes): Promise<void> {
  await unless([304], () => request(`start ${id}`, (to) => docker.getContainer(id).start(to), limits))
}

/** Stops and removes one container by its exact id, and waits until it is gone. Succeeds when it is gone already. */
export async function removeOne(engine: Engine, id: string, graceSeconds: number, limits: RequestTimes): Promise<void> {
  const { docker, request } = engine
  const container = docker.getContainer(id)
  const t = Math.ceil(graceSeconds)
  await unless([304, 404], () =>
    request(`stop ${id}`, (to) => container.stop({ t, ...to }), { ...limits, extraSeconds: graceSeconds }),
  )
  try {
    await request(`remove ${id}`, (to) => container.remove({ force: true, v: true, ...to }), limits)
  } catch (error) {
    if (refusedWith(error, 404)) return
    // The container is already being removed, so this waits for that.
    if (!refusedWith(error, 409)) throw error
    await unless([404], () => request(`remove ${id}`, (to) => container.wait({ condition: 'removed', ...to }), limits))
    if (await inspect(engine, id, limits)) throw error
  }
}

/**
 * Removes all containers with these labels that `graceOf` gives seconds, and waits until there are none, also of those that
 * another hub makes meanwhile.
 */
export async function removeLabelled(
  engine: Engine,
  label: string[],
  graceOf: (found: ContainerInfo) => number | undefined,
  limits: RequestTimes,
): Promise<void> {
  for (let rounds = 0; rounds < 10; rounds++) {
    const found = await listLabelled(engine, label, limits)
    const ours = found.filter((one) => graceOf(one) !== undefined)
    if (ours.length === 0) return
    const ends = await Promise.allSettled(ours.map((one) => removeOne(engine, one.Id, graceOf(one) ?? 0, limits)))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  }
  throw new Error(`containers with the labels ${label.join(', ')} are made again and again`)
}

/** Returns the containers with all these labels, running or not. */
export async function listLabelled(
  { docker, request }: Engine,
  label: string[],
  limits?: RequestTimes,
): Promise<ContainerInfo[]> {
  return request('list containers', (to) => docker.listContainers({ all: true, filters: { label }, ...to }), limits)
}

/** Returns what the engine measures of a container at this moment; undefined when there is none of that name. */
export async function usage({ docker, request }: Engine, name: string): Promise<ContainerStats | undefined> {
  const once = { stream: false, 'one-shot': true } as const
  return unless([404], () => request(`measure ${name}`, (to) => docker.getContainer(name).stats({ ...once, ...to })))
}

/** Returns the last lines of a container's log, oldest first; undefined when the engine's log driver cannot be read. */
export async function lastLines(
  { docker, request }: Engine,
  id: string,
  { tail = 20, ...limits }: { tail?: number } & RequestTimes = {},
): Promise<string[] | undefined> {
  try {
    const wanted = { stdout: true, stderr: true, follow: false, tail } as const
    const ask = (to: { abortSignal?: AbortSignal }) => docker.getContainer(id).logs({ ...wanted, ...to })
    return logLines(await request(`read the log of ${id}`, ask, limits))
  } catch (error) {
    if (error instanceof EngineError && error.status !== undefined) return undefined
    throw error
  }
}

async function unless<T>(statuses: number[], act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act()
  } catch (error) {
    if (refusedWith(error, ...statuses)) return undefined
    throw error
  }
}
