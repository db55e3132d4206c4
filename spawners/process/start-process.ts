import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { printIdentity } from '../../net/machine/process-identity.ts'
import { SpawnError } from '../spawner.ts'
import { awaitReader, leadOutput, readerScript } from './output.ts'
import { readPid } from './run.ts'

export interface ProcessStart {
  /** The program's full path, and its arguments. */
  command: string[]
  env: Record<string, string>
  workspace: string
}

/** Lines of shell that take the run of the folder `$1` for this shell. The shell ends when another one was faster. */
export const takeRun = `
{ ${printIdentity}; } > "$1/pid.$$" || exit 1
ln "$1/pid.$$" "$1/pid"
lost=$?
rm -f "$1/pid.$$"
[ $lost = 0 ] || exit 0
`

/**
 * The shell script that takes the run, starts the server and waits for its end. It takes the run by a link from its own
 * identity to `pid`. So a server that runs can always be found, even if this hub is killed on the way. When another start
 * was faster, the script ends.
 *
 * Whatever ends the server, the script then writes how it ended, so this is known also without the hub that started it. Its
 * own end comes last: once it is gone, `exit` is there and the last words are in the log.
 */
const script = `
${takeRun}
${leadOutput}
folder=$1
shift 2
# A stop signals the script too, which must outlive the server.
trap : TERM INT HUP
# The shell's own words on the end of the server do not belong into its log.
exec 3>&- 4>&2 2> /dev/null
"$@" 2>&4 4>&-
code=$?
exec > /dev/null 4>&-
${awaitReader}
if [ $code -gt 128 ] && name=$(kill -l $((code - 128))); then
  ending="{\\"reason\\":\\"killed by SIG$name\\"}"
else
  ending="{\\"code\\":$code}"
fi
# Something that the server's program has put there is replaced, not written to.
rm -f "$folder/exit" "$folder/.exit"
set -C
echo "$ending" > "$folder/.exit" && mv -f "$folder/.exit" "$folder/exit"
`

/** Resolves when a process has taken the run: the one started here, or that of another start which was faster. */
export async function startProcess(folder: string, { command, env, workspace }: ProcessStart): Promise<void> {
  const log = await open(join(folder, 'log'), 'a', 0o600).catch((cause: unknown) => {
    throw stoppedMeanwhile(folder, cause)
  })
  try {
    const child = spawn('/bin/sh', ['-c', script, 'carrel', folder, readerScript, ...command], {
      cwd: workspace,
      env,
      // In a session of its own, so that it survives the end of the terminal and of the hub.
      detached: true,
      // The script closes the fourth one just before it starts the server.
      stdio: ['ignore', log.fd, log.fd, 'pipe'],
    })
    await once(child, 'spawn')
    child.unref()
    const [, , , done] = child.stdio
    done?.on('data', () => undefined)
    if (done !== null && done !== undefined) await once(done, 'close')
  } catch (cause) {
    throw new SpawnError('The notebook server could not be started on this machine.', { detail: String(cause), cause })
  } finally {
    await log.close()
  }
  if ((await readPid(folder)) === undefined) throw stoppedMeanwhile(folder)
}

function stoppedMeanwhile(folder: string, cause?: unknown): SpawnError {
  return new SpawnError('The notebook server was stopped while it was starting.', {
    detail: `${folder} was removed during the start`,
    cause,
  })
}
