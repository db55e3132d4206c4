/** Learns from the engine's events why a container was killed. */
import type { ContainerInspectInfo } from 'dockerode'
import type { ServerStatus } from '../spawner.ts'
import { type Engine, EngineError, jsonLines } from './engine.ts'
import { type ContainerState, containerStatus } from './status.ts'

/** For how long after its end, by the engine's clock, the engine may still learn why a container was killed. */
const secondsToLearn = 5

/**
 * Returns the status of a container, with its cause where it has ended. The engine learns of the end of a program, and of the
 * memory for which the kernel killed it, from two sources. What comes after the end is told by an event, and older engines
 * never write it into the container's state.
 */
export async function settled(
  engine: Engine,
  { Id, State }: Pick<ContainerInspectInfo, 'Id' | 'State'>,
  signal?: AbortSignal,
): Promise<ServerStatus> {
  const status = containerStatus(State)
  if (status.state !== 'exited' || status.code !== 137 || status.outOfMemory) return status
  if (!(await ranOutOfMemory(engine, Id, State, signal))) return status
  return { state: 'exited', code: status.code, outOfMemory: true }
}

/** Waits for the event, also one of the past, until it is there, the container is removed, or the time is over. */
async function ranOutOfMemory(
  { docker, request }: Engine,
  id: string,
  { StartedAt, FinishedAt }: ContainerState,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const secondsOf = (time: string, more: number) => (Date.parse(time) / 1000 + more).toFixed(3)
  const [since, until] = [secondsOf(StartedAt, 0), secondsOf(FinishedAt, secondsToLearn)]
  const filters = { container: [id], event: ['oom', 'destroy'] }
  const ask = async (to: { abortSignal: AbortSignal }) => {
    // The types of the library know no fraction of a second and no signal.
    const asked: object = { since, until, filters, ...to }
    const stream = await docker.getEvents({ ...asked })
    for await (const { Action } of jsonLines<{ Action: string }>(stream)) return Action === 'oom'
    return false
  }
  try {
    return await request(`tell the events of ${id}`, ask, { signal, extraSeconds: secondsToLearn })
  } catch (error) {
    if (error instanceof EngineError) return false
    throw error
  }
}
