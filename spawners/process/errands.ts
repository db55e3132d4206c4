/**
 * Errands: a folder of its own for each, beside those of runs (`run.ts`). So another hub finds an errand whose hub has died,
 * and ends it. Its input and output are pipes to the hub; what it says on standard error goes into a log as a server's does.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { z } from 'zod'
import type { ErrandContext, ErrandEnd, ErrandSpec, Errands } from '../files.ts'
import { type Installation, SpawnError } from '../spawner.ts'
import { endRun } from './end.ts'
import { type FilePlace, layBundles, layErrandFiles } from './lay-files.ts'
import { awaitReader, leadOutput, readerScript } from './output.ts'
import { findProgram, programEnvironment } from './program.ts'
import { forbidStart, lastLogLines, makeAbout, readAbout, readPid, removeRun, runStatus } from './run.ts'
import { errandName } from './run-folder.ts'
import { takeRun } from './start-process.ts'

const aboutSchema = z.strictObject({
  installation: z.strictObject({ name: z.string(), id: z.string() }),
  errand: z.string(),
  home: z.string().optional(),
  bundles: z.array(z.string()),
})

type About = z.output<typeof aboutSchema>

export interface ErrandOptions {
  runDir: string
  /** The folder of Jupyter's programs. */
  programs: string
  installation: Installation
  place: FilePlace
}

export function processErrands(options: ErrandOptions): Errands {
  const { runDir, installation } = options
  return {
    run: (errand, context) => run(options, errand, context),

    async list() {
      const ours = await listErrands(runDir, installation)
      return Promise.all(
        ours.map(async ({ errand, home }) => {
          const name = join(runDir, errandName(errand))
          const running = (await runStatus(name)).state === 'running'
          return { id: errand, name, running, ...(home !== undefined && { home }) }
        }),
      )
    },

    async end(id) {
      const folder = join(runDir, errandName(id))
      if (isOf(installation, await readAbout(folder, aboutSchema))) await remove(folder)
    },
  }
}

/** Returns the errands of an installation. A folder that cannot be read is left out, so that it does not hide the others. */
export async function listErrands(runDir: string, installation: Installation): Promise<About[]> {
  const names = (await readdir(runDir)).filter((name) => /^[a-z0-9]+-errand$/.test(name))
  const read = await Promise.allSettled(names.map((name) => readAbout(join(runDir, name), aboutSchema)))
  const found = read.map((about) => (about.status === 'fulfilled' ? about.value : undefined))
  return found.filter((about) => isOf(installation, about))
}

function isOf({ name, id }: Installation, about: About | undefined): about is About {
  return about?.installation.id === id && about.installation.name === name
}

async function run(
  { runDir, programs, installation: { name, id }, place }: ErrandOptions,
  errand: ErrandSpec,
  context: ErrandContext,
): Promise<ErrandEnd> {
  const { signal } = context
  signal.throwIfAborted()
  const folder = join(runDir, errandName(errand.id))
  const bundles = errand.bundles.map(({ digest }) => digest)
  const home = errand.home?.id
  const about: About = { installation: { name, id }, errand: errand.id, ...(home !== undefined && { home }), bundles }
  if (!(await makeAbout(folder, about))) throw failed(`an errand with the id ${errand.id} is there already`)
  try {
    const own = join(folder, 'files')
    await mkdir(own)
    const cwd = await layErrandFiles(place, own, errand)
    const env = programEnvironment(basename(folder), errand.env ?? {}, { programs, folder, workspace: cwd })
    const [program = '', ...args] = errand.command
    const found = await findProgram(program, env.PATH)
    const command = await layBundles(place, errand, [found, ...args], context)
    signal.throwIfAborted()
    const code = await runProgram({ folder, command, env, cwd }, context)
    return { code, lines: await lastLogLines(folder) }
  } finally {
    await remove(folder)
  }
}

async function remove(folder: string): Promise<void> {
  await endRun(basename(folder), await forbidStart(folder), { graceSeconds: 0 })
  await removeRun(folder)
}

interface ErrandProcess {
  folder: string
  command: string[]
  env: Record<string, string>
  cwd: string
}

/** The shell script that takes the errand, runs its program between the two pipes, and ends with its code. */
const script = `
${takeRun}
exec 7>&1 8<&0
${leadOutput}
folder=$1
shift 2
trap : TERM INT HUP
exec 3>&- 4>&2 2> /dev/null
"$@" <&8 >&7 2>&4 4>&- 7>&- 8<&-
code=$?
exec > /dev/null < /dev/null 4>&- 7>&- 8<&-
${awaitReader}
exit $code
`

/** Returns the program's exit code. Rejects when the signal is aborted, or when its input or output fails. */
async function runProgram(
  { folder, command, env, cwd }: ErrandProcess,
  { signal, stdin, stdout }: ErrandContext,
): Promise<number> {
  const log = await open(join(folder, 'log'), 'a', 0o600).catch((cause: unknown) => {
    throw failed(`${folder} was removed during the start`, cause)
  })
  const child = spawn('/bin/sh', ['-c', script, 'carrel', folder, readerScript, ...command], {
    cwd,
    env,
    // In a session of its own, which ends as a whole, and not with the hub.
    detached: true,
    stdio: [stdin ? 'pipe' : 'ignore', stdout ? 'pipe' : 'ignore', log.fd, 'pipe'],
  })
  const failure = Promise.withResolvers<never>()
  failure.promise.catch(() => undefined)
  const abort = () => failure.reject(signal.reason)
  signal.addEventListener('abort', abort)
  try {
    const closed = once(child, 'close') as Promise<[code: number | null]>
    closed.catch(() => undefined)
    await once(child, 'spawn').catch((cause: unknown) => {
      throw failed(String(cause), cause)
    })
    child.once('exit', () => {
      // What the program has left running could hold its output open for ever.
      endRun(basename(folder), undefined, { graceSeconds: 0 }).catch(failure.reject)
    })
    if (stdin) feed(child, stdin, failure.reject)
    if (stdout) drain(child, stdout, failure.reject)
    child.stdio[3]?.on('data', () => undefined)
    signal.throwIfAborted()
    const [code] = await Promise.race([closed, failure.promise])
    if ((await readPid(folder)) === undefined) throw failed('the errand was ended while it was starting')
    return code ?? 137
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', abort)
    if (child.stdin) stdin?.unpipe(child.stdin)
    for (const stream of child.stdio) stream?.destroy()
    await log.close()
  }
}

/** Gives the program its input, which may break off. A program may end before it has read all. */
function feed(child: ChildProcess, stdin: Readable, fail: (error: unknown) => void): void {
  if (child.stdin === null) return
  child.stdin.on('error', () => undefined)
  const over = finished(stdin, { writable: false, cleanup: true })
  over.catch(fail)
  stdin.pipe(child.stdin)
}

/** Takes the program's output, and leaves `stdout` open: its owner ends it, knowing how the errand has ended. */
function drain(child: ChildProcess, stdout: Writable, fail: (error: unknown) => void): void {
  const done = new AbortController()
  child.once('close', () => done.abort())
  finished(stdout, { readable: false, cleanup: true, signal: done.signal }).then(
    () => fail(new Error('the output of an errand was ended before the errand')),
    (error: unknown) => done.signal.aborted || fail(error),
  )
  child.stdout?.pipe(stdout, { end: false })
}

function failed(detail: string, cause?: unknown): SpawnError {
  return new SpawnError('The task could not be started.', { detail, cause })
}
