/**
 * Ends workers that a killed owner has left. A worker ends by itself with its owner, but one that is stopped or whose
 * event loop is blocked cannot, and would keep the port.
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { codeOf, undefinedIf } from '../../net/error-code.ts'
import { identifyProcess, isAlive } from '../../net/machine/process-identity.ts'

const identitySchema = z.strictObject({ pid: z.int().min(2), born: z.string() })
const fileSchema = z.strictObject({ owner: identitySchema, workers: z.array(identitySchema) })

const listOf = (routesFile: string) => `${routesFile}.workers`

/**
 * Kills the workers of an owner that has ended, and returns whether there were any. Those of a living owner stay, as
 * does a list that cannot be read.
 */
export async function endLeftovers(routesFile: string): Promise<boolean> {
  const text = await readFile(listOf(routesFile), 'utf8').catch(undefinedIf('ENOENT'))
  const list = text === undefined ? undefined : fileSchema.safeParse(parsed(text)).data
  if (list === undefined || (await isAlive(list.owner))) return false
  let hasEnded = false
  for (const worker of list.workers) {
    if (!(await isAlive(worker))) continue
    hasEnded = true
    try {
      process.kill(worker.pid, 'SIGKILL')
    } catch (error) {
      // The worker has just ended.
      if (codeOf(error) !== 'ESRCH') throw error
    }
    while (await isAlive(worker)) await sleep(20)
  }
  await rm(listOf(routesFile), { force: true })
  return hasEnded
}

export interface WorkerList {
  /** Notes that this process is now the worker of this slot. */
  note(slot: number, pid: number): void
  /** Removes the list, because all workers have ended. */
  close(): Promise<void>
}

/** Keeps a list of the workers that live. A disk that does not take it ends nothing. */
export function keepWorkerList(routesFile: string): WorkerList {
  const pids = new Map<number, number>()
  const file = listOf(routesFile)
  const write = async () => {
    const owner = await identifyProcess(process.pid)
    const workers = (await Promise.all([...pids.values()].map(identifyProcess))).filter((one) => one !== undefined)
    await writeFile(`${file}.new`, JSON.stringify({ owner, workers }), { mode: 0o600 })
    await rename(`${file}.new`, file)
  }
  let writing = Promise.resolve()
  return {
    note(slot, pid) {
      pids.set(slot, pid)
      writing = writing.then(write).catch(() => undefined)
    },
    async close() {
      await writing
      await rm(file, { force: true })
    },
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
