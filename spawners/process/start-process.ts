import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { printIdentity } from '../../net/machine/process-identity.ts'
import { SpawnError } from '../spawner.ts'
import { keepEnding, readPid } from './run.ts'

export interface ProcessStart {
  /** The program's full path, and its arguments. */
  command: string[]
  env: Record<string, string>
  workspace: string
}

/**
 * The shell script that takes the run and then becomes the server. It takes the run by a link from its own identity to
 * `pid`. So a server that runs can always be found, even if this hub is killed on the way. When another start was
 * faster, the script ends.
 */
const script = `
{ ${printIdentity}; } > "$1/pid.$$" || exit 1
ln "$1/pid.$$" "$1/pid"
lost=$?
rm -f "$1/pid.$$"
[ $lost = 0 ] || exit 0
shift
exec 3>&-
exec "$@"
`

/** Resolves when a process has taken the run: the one started here, or that of another start which was faster. */
export async function startProcess(folder: string, { command, env, workspace }: ProcessStart): Promise<void> {
  const log = await open(join(folder, 'log'), 'a', 0o600).catch((cause: unknown) => {
    throw stoppedMeanwhile(folder, cause)
  })
  let child: ChildProcess
  let ended: Promise<{ code: number | null; signal: string | null }>
  try {
    child = spawn('/bin/sh', ['-c', script, 'carrel', folder, ...command], {
      cwd: workspace,
      env,
      // In a session of its own, so that it survives the end of the terminal and of the hub.
      detached: true,
      // The script closes the fourth one just before it becomes the server.
      stdio: ['ignore', log.fd, log.fd, 'pipe'],
    })
    await once(child, 'spawn')
    child.unref()
    ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
    const done = child.stdio[3]
    done?.on('data', () => undefined)
    if (done !== null && done !== undefined) await once(done, 'close')
  } catch (cause) {
    throw new SpawnError('The notebook server could not be started on this machine.', { detail: String(cause), cause })
  } finally {
    await log.close()
  }
  const taken = await readPid(folder)
  if (taken === undefined) throw stoppedMeanwhile(folder)
  if (taken.pid === child.pid) keepEnding(folder, ended)
}

function stoppedMeanwhile(folder: string, cause?: unknown): SpawnError {
  return new SpawnError('The notebook server was stopped while it was starting.', {
    detail: `${folder} was removed during the start`,
    cause,
  })
}
