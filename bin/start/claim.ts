/** Allows one `carrel start` per data folder, and none before the children of a killed one have ended. */
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { isAlive } from '../../net/machine/process-identity.ts'
import { UsageError } from '../options.ts'
import { type Claim, claimFile, holdClaim } from './claim-file.ts'

const identitySchema = z.strictObject({ pid: z.number(), born: z.string() })
const claimSchema = z.strictObject({ supervisor: identitySchema, children: z.array(identitySchema) })

/** Claims the folder for a supervisor. Rejects with a `UsageError` while another one has it. */
export async function claimRunDir(
  runDir: string,
  dataDir: string,
  supervisorPid: number = process.pid,
  children: number[] = [],
): Promise<Claim> {
  await waitForEarlier(claimFile(runDir), dataDir)
  return holdClaim(runDir, supervisorPid, children)
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
