/** The options `afterStart` and `beforeStop`: programs of the operator's that run in a server's own container. */
import type { ContainerInfo } from 'dockerode'
import { type ServerSpec, SpawnError } from '../../spawner.ts'
import { listLabelled } from '../containers.ts'
import type { DockerContext } from '../context.ts'
import type { RequestTimes } from '../engine.ts'
import { userOfImage } from '../files/image-user.ts'
import { ownerOf } from '../files/prepare.ts'
import { containerName, isPart, label, labelFilters, runLabels, runOf } from '../labels.ts'
import { runInside } from './exec.ts'
import { keptBeforeStop } from './label.ts'

/** The last lines of a program that staff are told. */
const toldLines = 5
/** Characters of a log's line that a program may fill. */
const toldCharacters = 500

/**
 * Returns the user as which programs in a server's container run: undefined for the container's own. An image that starts as
 * root and changes to a user has that user's programs in its servers, and no right of root meets files that its learner can change.
 */
export async function userInside(
  docker: DockerContext,
  spec: ServerSpec,
  times: RequestTimes,
): Promise<string | undefined> {
  const { afterStart, beforeStop } = docker.options
  if (afterStart === undefined && beforeStop === undefined) return undefined
  const owner = ownerOf(containerName(spec), runLabels(docker.installation, spec))
  const { uid, gid, drops } = await userOfImage(docker, spec.image, owner, spec.env, times)
  return drops ? `${uid}:${gid}` : undefined
}

/** Runs `afterStart` in the container of a run, and throws when it fails. A server that has ended by then says so itself. */
export async function afterStart(
  docker: DockerContext,
  spec: ServerSpec,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  const command = docker.options.afterStart
  if (command === undefined) return
  const user = await userInside(docker, spec, { signal })
  const end = await runInside(docker.engine, id, { command, user }, { signal })
  if (end === undefined || end.code === 0) return
  throw new SpawnError('The notebook server of this course could not be made ready.', {
    detail: `afterStart ended with ${end.code}: ${end.lines.slice(-toldLines).join('\n')}`,
  })
}

/**
 * Runs `beforeStop` in all containers that a stop ends, and resolves when each has ended, has failed, or has had its time.
 * A failure stops no stop: staff are told of it.
 */
export async function beforeStop(
  { engine, installation, warn }: DockerContext,
  key: { server: string; run: number },
  seconds: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (seconds <= 0) return
  const filters = labelFilters(installation, `${label.server}=${key.server}`, label.beforeStop)
  const found = await listLabelled(engine, filters, { signal })
  const ours = found.filter(({ Labels, State }) => {
    const { run } = runOf(Labels, installation) ?? {}
    return State === 'running' && run !== undefined && run <= key.run && !isPart(Labels)
  })
  await Promise.all(ours.map((one) => inOne(one)))

  async function inOne({ Id, Labels }: ContainerInfo): Promise<void> {
    const over = AbortSignal.timeout(seconds * 1000)
    try {
      const inside = keptBeforeStop(Labels)
      if (inside === undefined) return
      const times = { signal: signal === undefined ? over : AbortSignal.any([signal, over]) }
      const end = await runInside(engine, Id, inside, times)
      if (end === undefined || end.code === 0) return
      tell(`ended with ${end.code}: ${end.lines.slice(-toldLines).join(' / ')}`)
    } catch (error) {
      signal?.throwIfAborted()
      tell(over.aborted ? `had not ended after ${seconds} s` : (error as Error).message)
    }
  }

  function tell(what: string): void {
    warn(`beforeStop of ${containerName(key)} ${what}`.slice(0, toldCharacters))
  }
}
