import { rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { identifyProcess } from '../../net/machine/process-identity.ts'

/** The right of one supervisor to a data folder. A file says which processes have it. */
export interface Claim {
  /** Notes the children that live now, if the disk takes it. Never rejects. */
  note(pids: number[]): Promise<void>
  release(): Promise<void>
}

export function claimFile(runDir: string): string {
  return join(runDir, 'supervisor.json')
}

/** Writes the claim of a supervisor with the children that it has now. Rejects when the disk does not take it. */
export async function holdClaim(runDir: string, supervisorPid: number, children: number[]): Promise<Claim> {
  const file = claimFile(runDir)
  const supervisor = await identifyProcess(supervisorPid)
  const write = async (pids: number[]) => {
    const living = (await Promise.all(pids.map(identifyProcess))).filter((child) => child !== undefined)
    await writeFile(`${file}.new`, JSON.stringify({ supervisor, children: living }), { mode: 0o600 })
    await rename(`${file}.new`, file)
  }
  await write(children)
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
