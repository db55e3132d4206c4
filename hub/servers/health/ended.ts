import { type ServerStatus, SpawnError } from '../../../spawners/spawner.ts'
import { kept } from '../../../words/kept.ts'
import type { RunCause } from '../../db/runs/runs.ts'
import type { Server } from '../../db/servers/servers.ts'
import type { Hub } from '../../hub.ts'
import { madeOf } from '../../made-of/made-of.ts'
import { needed, withLess } from './memory-words.ts'

/** How a run has ended, for its row and its event. */
export interface Ended {
  /** What went wrong, for people. Absent where nothing did. */
  failure?: string | undefined
  /** More about what went wrong, for staff. */
  failureDetail?: string | undefined
  /** The cause in a few words, for the event. */
  reason: string
  /** The exit code of its program, where that has ended. */
  exitCode?: number | undefined
  cause?: RunCause | undefined
}

/** The error of a run whose program has ended although it should go on. */
export class EndedError extends SpawnError {
  readonly exitCode: number | undefined
  readonly why: RunCause
  constructor(why: RunCause, exitCode: number | undefined, message: string, detail: string) {
    super(message, { detail })
    this.why = why
    this.exitCode = exitCode
  }
}

type Exited = Extract<ServerStatus, { state: 'exited' }>

/** Returns how a ready server has ended. `memory` is the limit of its course in bytes. Pure. */
export function endOf(status: Exited, memory: number | undefined): Ended {
  // A program ends in order when a learner shuts its server down in JupyterLab's menu.
  if (status.code === 0 && status.reason === undefined) return { reason: 'it ended by itself', exitCode: 0 }
  const { message, detail, why } = endedError(status, memory)
  const reason = status.outOfMemory ? 'it ran out of memory' : 'it failed'
  return { failure: message, failureDetail: detail, reason, exitCode: status.code, cause: why }
}

export function disappeared(): Ended {
  return { failure: kept`The notebook has disappeared.`, reason: 'it disappeared', cause: 'gone' }
}

/** What programs print when a file cannot be written for want of room, or of quota. */
const noRoom = /no space left on device|disk quota exceeded|\[Errno (28|122)\]|ENOSPC|EDQUOT/i
const fullDisk = kept`The notebook's program ended because no more files could be written: your files, or the disk, take all the room that there is. What is saved is safe.`

/** Returns the error of a run whose program has ended although it should go on. */
export function endedError(status: Exited, memory: number | undefined): EndedError {
  const detail = [`exit code ${status.code ?? 'unknown'}`, ...(status.lines ?? [])].join('\n')
  if (status.outOfMemory)
    return new EndedError(
      'memory',
      status.code,
      kept`The notebook needed ${needed(memory)}, so it was ended. ${withLess}`,
      `out of memory, ${detail}`,
    )
  if (status.lines?.some((line) => noRoom.test(line))) return new EndedError('disk', status.code, fullDisk, detail)
  const { reason } = status
  const ended =
    reason === undefined ? kept`The notebook's program ended.` : kept`The notebook's program ended (${reason}).`
  return new EndedError('ended', status.code, ended, detail)
}

/** Returns how many bytes a server's present run may use. Undefined where there is no limit. */
export async function memoryOf(hub: Hub, server: Server): Promise<number | undefined> {
  return (await madeOf(hub, server))?.limits.memory
}
