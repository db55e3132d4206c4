/**
 * Runs the system's git as a process group of its own, which ends with the run, when its time is over, and when the hub
 * dies. The kernel limits what it may write and how much memory it may take.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { codeOf } from '../net/error-code.ts'
import { GitError } from './git.ts'
import { environmentOf, type GitSettings } from './settings.ts'

export interface GitRun {
  /** In place of git, a program that ssh brings. */
  program?: 'ssh-keyscan'
  /** What git is asked, after `git`. */
  args: readonly string[]
  /** The folder in which git runs. */
  cwd: string
  /** GitSettings and variables beyond those of each run. */
  settings?: GitSettings
  env?: Readonly<Record<string, string>>
  /** The largest file that git may write. Default: none at all. */
  maxFileBytes?: number
  signal: AbortSignal
  /** Called with what git and the other side say, in pieces of at most one line. */
  heard?(line: string): void
}

export interface RunningGit {
  stdin: Writable
  stdout: Readable
  /** Resolves when all processes of the run have ended. Rejects when the run was aborted or git could not be started. */
  ended: Promise<GitEnd>
}

export interface GitEnd {
  /** Undefined when a signal ended git. */
  code: number | undefined
  /** The last of what git said. */
  said: string
}

/**
 * Limits what the program after it may use, and kills the whole group when the hub closes the pipe with the number 3: at the end
 * of the run, or by its own death. The first argument counts blocks of 512 bytes, the second one KiB. A limit can only fail to be set where a
 * lower one is in force.
 */
const guard = `
ulimit -c 0 2> /dev/null
ulimit -f "$1" 2> /dev/null
ulimit -v "$2" 2> /dev/null
shift 2
{ read -r end <&3; kill -9 0; } > /dev/null 2>&1 &
exec "$@" 3<&-
`
const memoryKiB = 1024 * 1024
const mostSaid = 16_384

export function startGit({ program, args, cwd, settings, env, maxFileBytes = 0, signal, heard }: GitRun): RunningGit {
  signal.throwIfAborted()
  const blocks = String(Math.ceil(maxFileBytes / 512))
  const child = spawn('/bin/sh', ['-c', guard, 'sh', blocks, String(memoryKiB), program ?? 'git', ...args], {
    cwd,
    detached: true,
    env: { ...environmentOf(settings), ...env },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  })
  const [stdin, stdout, stderr, leash] = child.stdio as unknown as [Writable, Readable, Readable, Writable]
  // Git may end before it has read or taken all.
  for (const stream of [stdin, leash]) stream.on('error', () => undefined)
  child.once('exit', () => leash.destroy())
  const said = listen(stderr, heard)
  return { stdin, stdout, ended: endOf(child, signal, said, program === undefined ? missingGit : missingSshClient) }
}

async function endOf(
  child: ChildProcess,
  signal: AbortSignal,
  said: () => string,
  missing: (cause?: unknown) => GitError,
): Promise<GitEnd> {
  const kill = () => killGroup(child)
  signal.addEventListener('abort', kill, { once: true })
  try {
    const [code] = await once(child, 'close')
    signal.throwIfAborted()
    if (code === 127) throw missing()
    return { code: code ?? undefined, said: said() }
  } catch (error) {
    throw codeOf(error) === 'ENOENT' ? missing(error) : error
  } finally {
    signal.removeEventListener('abort', kill)
  }
}

/** The number of the group is not given to another one before its first process has been waited for. */
function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error
  }
}

export function missingGit(cause?: unknown): GitError {
  return new GitError(
    'git is not installed on the machine of the hub. Install it there (on Debian: apt-get install git), or name no repositories.',
    { cause },
  )
}

export function missingSshClient(cause?: unknown): GitError {
  return new GitError(
    'ssh is not installed on the machine of the hub. Install it there (on Debian: apt-get install openssh-client).',
    { cause },
  )
}

/** Returns a function that returns the last of what a stream has said. */
function listen(stream: Readable, heard: GitRun['heard']): () => string {
  let said = ''
  let line = ''
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    said = (said + text).slice(-mostSaid)
    if (heard === undefined) return
    const lines = (line + text).split(/[\r\n]+/)
    line = (lines.pop() ?? '').slice(0, 1000)
    for (const one of lines) if (one.trim() !== '') heard(one)
  })
  return () => said
}

/** Runs git and returns what it wrote. Rejects with a `RangeError` above `maxBytes`, when git has been ended. */
export async function runGit(run: GitRun & { input?: string; maxBytes: number }): Promise<GitEnd & { wrote: Buffer }> {
  const ending = new AbortController()
  const { stdin, stdout, ended } = startGit({ ...run, signal: AbortSignal.any([run.signal, ending.signal]) })
  stdin.end(run.input)
  const pieces: Buffer[] = []
  let bytes = 0
  stdout.on('data', (piece: Buffer) => {
    bytes += piece.length
    if (bytes > run.maxBytes) ending.abort(new RangeError(`git wrote more than ${run.maxBytes} bytes`))
    else pieces.push(piece)
  })
  const end = await ended
  return { ...end, wrote: Buffer.concat(pieces) }
}

/** The oldest version that knows all settings. An older one would connect to other addresses than those that were looked at. */
const oldest = '2.37'

/** Rejects with a `GitError` when this machine has no git, or one that is too old. */
export async function checkVersion(): Promise<void> {
  const { wrote } = await runGit({
    args: ['--version'],
    cwd: '/',
    signal: AbortSignal.timeout(60_000),
    maxBytes: 10_000,
  })
  const [, found] = /^git version (\d+\.\d+)/.exec(wrote.toString('latin1')) ?? []
  if (found === undefined) throw missingGit()
  const [major = 0, minor = 0] = found.split('.').map(Number)
  const [wantedMajor = 0, wantedMinor = 0] = oldest.split('.').map(Number)
  if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor))
    throw new GitError(
      `The machine of the hub has git ${found}, and git ${oldest} or newer is needed. Install a newer one.`,
    )
}
