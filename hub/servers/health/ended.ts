import { type ServerStatus, SpawnError } from '../../../spawners/spawner.ts'
import type { Server } from '../../db/servers/servers.ts'
import type { Hub } from '../../hub.ts'
import { madeOf } from '../../made-of/made-of.ts'

/** How a run has ended, for its row and its event. */
export interface Ended {
  /** What went wrong, for people. Absent where nothing did. */
  failure?: string | undefined
  /** More about what went wrong, for staff. */
  failureDetail?: string | undefined
  /** The cause in a few words, for the event. */
  reason: string
}

type Exited = Extract<ServerStatus, { state: 'exited' }>

/** Returns how a ready server has ended. `memory` is the limit of its course in bytes. Pure. */
export function endOf(status: Exited, memory: number | undefined): Ended {
  // A program ends in order when a learner shuts its server down in JupyterLab's menu.
  if (status.code === 0 && status.reason === undefined) return { reason: 'it ended by itself' }
  const { message, detail } = endedError(status, memory)
  return { failure: message, failureDetail: detail, reason: status.outOfMemory ? 'it ran out of memory' : 'it failed' }
}

export function disappeared(): Ended {
  return { failure: 'The notebook has disappeared.', reason: 'it disappeared' }
}

/** Returns the error of a run whose program has ended although it should go on. */
export function endedError(status: Exited, memory: number | undefined): SpawnError {
  const detail = [`exit code ${status.code ?? 'unknown'}`, ...(status.lines ?? [])].join('\n')
  if (status.outOfMemory) return new SpawnError(outOfMemory(memory), { detail: `out of memory, ${detail}` })
  const cause = status.reason === undefined ? '' : ` (${status.reason})`
  return new SpawnError(`The notebook's program ended${cause}.`, { detail })
}

/** Returns how many bytes a server's present run may use. Undefined where there is no limit. */
export async function memoryOf(hub: Hub, server: Server): Promise<number | undefined> {
  return (await madeOf(hub, server))?.limits.memory
}

function outOfMemory(memory: number | undefined): string {
  const needed =
    memory === undefined ? 'more memory than there is' : `more than the ${memoryText(memory)} of memory of this course`
  return `The notebook needed ${needed}, so it was ended. Work with less data at once, and shut down kernels that you do not need. If that is not enough, ask your teacher for more memory.`
}

/** Returns an amount of memory as `512 MB` or `1.5 GB`, in powers of 1024 as config files have them. */
function memoryText(bytes: number): string {
  return bytes < 2 ** 30 ? `${Math.round(bytes / 2 ** 20)} MB` : `${Number((bytes / 2 ** 30).toFixed(1))} GB`
}
