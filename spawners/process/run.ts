/**
 * The folder of one run of one server. `about.json` says to which installation, server and run it belongs, `pid` which
 * process is the server's, `log` and `log.1` are the end of the server's output, `sock` is the socket on which it listens, and
 * `exit` says how it ended. The process of `pid` is the shell that waits for the server and then writes `exit`.
 *
 * Each step is one atomic operation of the file system, so several hubs, and a `kill -9` at any point, do no harm. The
 * folder appears with `about.json` in it (by a rename), `pid` appears with its content (by a link, made by the process
 * that starts the server), and the folder disappears by a rename.
 */
import { randomBytes } from 'node:crypto'
import { lstat, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { codeOf, undefinedIf } from '../../net/error-code.ts'
import { isAlive, type ProcessIdentity, parseIdentity } from '../../net/machine/process-identity.ts'
import { removeTree } from '../../net/machine/remove-tree.ts'
import type { ServerStatus } from '../spawner.ts'
import { lastOf, textOf } from './files.ts'
import { runFolder } from './run-folder.ts'

const aboutSchema = z.strictObject({
  installation: z.strictObject({ name: z.string(), id: z.string() }),
  server: z.string(),
  run: z.number(),
  hash: z.string(),
  /** The digests of the bundles that it has. */
  bundles: z.array(z.string()).default([]),
  /** The port on which it listens, if it listens on one. */
  port: z.number().exactOptional(),
})

export type About = z.output<typeof aboutSchema>

/** Makes the folder of a run. Returns false when the folder is there already, and leaves it untouched. */
export async function makeRun(runDir: string, about: About): Promise<boolean> {
  return makeAbout(runFolder(runDir, about), about)
}

/** Makes a folder with an `about.json`. Returns false when the folder is there already, and leaves it untouched. */
export async function makeAbout(folder: string, about: object): Promise<boolean> {
  const draft = join(dirname(folder), `.new-${randomBytes(8).toString('hex')}`)
  await mkdir(draft, { mode: 0o700 })
  await writeFile(join(draft, 'about.json'), JSON.stringify(about))
  const made = await rename(draft, folder).then(
    () => true,
    (error: unknown) => (['ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '') ? false : Promise.reject(error)),
  )
  if (!made) await rm(draft, { recursive: true, force: true })
  return made
}

/** Returns the facts about a run, or undefined when there is no such run. */
export async function readRun(folder: string): Promise<About | undefined> {
  return readAbout(folder, aboutSchema)
}

/** Returns what `about.json` of a folder says; undefined without that file. Rejects when it says something else. */
export async function readAbout<T>(folder: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await textOf(join(folder, 'about.json')).catch(undefinedIf('ENOENT', 'ENOTDIR'))
  return text === undefined ? undefined : schema.parse(JSON.parse(text))
}

/**
 * Returns the runs of one server, or of all servers. A folder with an unreadable `about.json` rejects the first, and is
 * left out of the second, so that it does not hide the other servers.
 */
export async function listRuns(runDir: string, server?: string): Promise<About[]> {
  const names = (await readdir(runDir)).filter((name) => /^[a-z0-9]+-\d+$/.test(name))
  if (server === undefined) {
    const read = await Promise.allSettled(names.map((name) => readRun(join(runDir, name))))
    return read.flatMap((about) => (about.status === 'fulfilled' ? (about.value ?? []) : []))
  }
  const its = names.filter((name) => name.startsWith(`${server}-`))
  const found = await Promise.all(its.map((name) => readRun(join(runDir, name))))
  return found.filter((about) => about !== undefined)
}

export async function hasStarted(folder: string): Promise<boolean> {
  return (await lstat(join(folder, 'pid')).catch(undefinedIf('ENOENT'))) !== undefined
}

/**
 * Writes a `pid` of its own, so that the run can never start. If `pid` is there already, returns the process that took
 * the run.
 */
export async function forbidStart(folder: string): Promise<ProcessIdentity | undefined> {
  const forbidden = await writeFile(join(folder, 'pid'), 'stopped', { flag: 'wx' }).then(
    () => true,
    (error: unknown) => (['EEXIST', 'ENOENT'].includes(codeOf(error) ?? '') ? false : Promise.reject(error)),
  )
  return forbidden ? undefined : readPid(folder)
}

export async function removeRun(folder: string): Promise<void> {
  const trash = join(dirname(folder), `.gone-${basename(folder)}-${randomBytes(4).toString('hex')}`)
  await rename(folder, trash).catch(undefinedIf('ENOENT'))
  await removeTree(trash)
}

export async function runStatus(folder: string): Promise<ServerStatus> {
  if (!(await hasStarted(folder))) return { state: 'gone' }
  const identity = await readPid(folder)
  if (identity !== undefined && (await isAlive(identity))) return { state: 'running' }
  const ending = await readEnding(folder)
  return { state: 'exited', ...ending, lines: await lastLogLines(folder) }
}

const endingSchema = z.strictObject({ code: z.number().exactOptional(), reason: z.string().exactOptional() })

async function readEnding(folder: string): Promise<z.output<typeof endingSchema>> {
  const text = await textOf(join(folder, 'exit')).catch(undefinedIf('ENOENT'))
  // The server's program may have written something else to `exit`.
  return endingSchema.catch({}).parse(text ? jsonOf(text) : {})
}

/** Returns the process that has taken the run; undefined when none has, or when a start is forbidden. */
export async function readPid(folder: string): Promise<ProcessIdentity | undefined> {
  const text = await textOf(join(folder, 'pid')).catch(undefinedIf('ENOENT'))
  return text === undefined ? undefined : parseIdentity(text)
}

/** Returns the last lines of a folder's log. */
export async function lastLogLines(folder: string, count = 20): Promise<string[]> {
  const files = ['log.1', 'log'].map((name) => lastOf(join(folder, name), 8192).catch(undefinedIf('ENOENT')))
  const text = (await Promise.all(files)).join('').trimEnd()
  return text === '' ? [] : text.split('\n').slice(-count)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
