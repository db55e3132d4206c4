/** Allows one `carrel start` per data folder, and none before the children of a killed one have ended. */
import { readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { identifyProcess, isAlive } from '../../net/machine/process-identity.ts'
import { UsageError } from '../options.ts'

const identitySchema = z.strictObject({ pid: z.number(), born: z.string() })
const claimSchema = z.strictObject({ supervisor: identitySchema, children: z.array(identitySchema) })

export interface Claim {
  /** Notes the children that live now, if the disk takes it. Never rejects. */
  note(pids: number[]): Promise<void>
  release(): Promise<void>
}

export async function claimRunDir(runDir: string, dataDir: string): Promise<Claim> {
  const file = join(runDir, 'supervisor.json')
  await waitForEarlier(file, dataDir)
  const supervisor = await identifyProcess(process.pid)
  const write = async (pids: number[]) => {
    const children = (await Promise.all(pids.map(identifyProcess))).filter((child) => child !== undefined)
    await writeFile(`${file}.new`, JSON.stringify({ supervisor, children }), { mode: 0o600 })
    await rename(`${file}.new`, file)
  }
  await write([])
  // Writes go one after the other, since children may start at the same time.
  let writing = Promise.resolve()
  return {
    note(pids) {
      // A full disk must not end anything. The next start then knows only older children.
      writing = writing.then(() => write(pids)).catch(() => undefined)
      return writing
    },
    async release() {
      await writing
      await rm(file, { force: true })
      // The folder stays when sockets of servers are left in it.
      await rmdir(runDir).catch(() => undefined)
    },
  }
}

async function waitForEarlier(file: string, dataDir: string): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  const earlier = text === undefined ? undefined : claimSchema.parse(JSON.parse(text))
  if (earlier === undefined) return
  if (await isAlive(earlier.supervisor)) {
    throw new UsageError(
      `Carrel is running already with the data folder ${dataDir} (process ${earlier.supervisor.pid}). ` +
        'Stop it first, or choose another folder with --data.',
    )
  }
  // The children notice by themselves that their supervisor has ended, and close what is open.
  const deadline = performance.now() + 10_000
  for (const child of earlier.children) {
    while (await isAlive(child)) {
      if (performance.now() > deadline) process.kill(child.pid, 'SIGKILL')
      await sleep(50)
    }
  }
}
