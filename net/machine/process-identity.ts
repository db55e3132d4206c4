/**
 * Tells a process from a later one with the same pid: two are the same only if pid, start time and boot agree. Reads
 * them from /proc on Linux, and from ps on other systems.
 */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { codeOf, undefinedIf } from '../error-code.ts'

export interface ProcessIdentity {
  pid: number
  /** An opaque text that is equal only for the same process. */
  born: string
}

/** Returns a process's identity; undefined when no such process lives. A zombie process does not live. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  const lines = process.platform === 'linux' ? await linesOfProc(pid) : await linesOfPs(pid)
  const identity = parseIdentity([String(pid), ...lines].join('\n'))
  return identity?.ended ? undefined : identity && { pid: identity.pid, born: identity.born }
}

export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await identifyProcess(identity.pid))?.born === identity.born
}

/** A line of shell that prints the shell's own identity for `parseIdentity`. The identity stays when it `exec`s. */
export const printIdentity =
  'echo $$; cat /proc/sys/kernel/random/boot_id /proc/$$/stat 2>/dev/null || LC_ALL=C TZ=UTC ps -o stat=,lstart= -p $$'

/** Reads what `printIdentity` writes; undefined for any other text. */
export function parseIdentity(text: string): (ProcessIdentity & { ended: boolean }) | undefined {
  const [first = '', ...lines] = text.trimEnd().split('\n')
  const pid = Number(first)
  if (!Number.isSafeInteger(pid) || pid < 2) return undefined
  const [boot, stat] = lines
  if (boot !== undefined && stat !== undefined) {
    // The program's name stands in parentheses and may hold any character. The numbers follow the last parenthesis.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state, started] = [fields[0], fields[19]]
    return started === undefined
      ? undefined
      : { pid, born: `${boot} ${started}`, ended: state === 'Z' || state === 'X' }
  }
  const [, state, started] = /^(\S+)\s+(\S.*)$/.exec(boot?.trim() ?? '') ?? []
  return state === undefined || started === undefined ? undefined : { pid, born: started, ended: state.startsWith('Z') }
}

async function linesOfProc(pid: number): Promise<string[]> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(undefinedIf('ENOENT', 'ESRCH'))
  return stat === undefined ? [] : [boot.trim(), stat.trim()]
}

async function linesOfPs(pid: number): Promise<string[]> {
  const options = { env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' } }
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], options)
    return [stdout.trim()]
  } catch (error) {
    if (isExit(error)) return []
    throw error
  }
}

/** Says whether ps ended with status 1, as it does when there is no such process. */
function isExit(error: unknown): boolean {
  return codeOf(error) === '1'
}
