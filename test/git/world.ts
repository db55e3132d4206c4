import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { extract } from 'tar-stream'
import type { Git, GitError, GitRules, GitSource } from '../../git/git.ts'
import { type GitOptions, openGit } from '../../git/open.ts'
import type { Cleanup } from '../helpers/cleanup.ts'
import { type GitHost, type GitHostOptions, startGitHost } from '../helpers/git/git-host.ts'
import { makeRepositories, type Repositories, type TestRepository } from '../helpers/git/repositories.ts'
import { until } from '../helpers/until.ts'
import { kill } from '../hub/kill-world.ts'

/** A host of git with a repository `course`, and the git of a hub that may reach it. */
export interface GitWorld {
  repositories: Repositories
  course: TestRepository
  host: GitHost
  source: GitSource
  git: Git
  /** The folder of the mirrors. */
  folder: string
  /** What the hub's git has told the operator. */
  log: string[]
  /** Opens the same folder once more, as another process would. */
  open(options?: Partial<GitOptions>): Git
}

export const testRules: GitRules = { hosts: ['127.0.0.1'], maxBytes: 50_000_000, maxFiles: 10_000, seconds: 60 }

export async function openGitWorld(
  cleanup: Cleanup,
  {
    rules,
    host: hostOptions,
    ...options
  }: Partial<Omit<GitOptions, 'rules'>> & {
    rules?: Partial<GitRules>
    host?: Partial<GitHostOptions>
  } = {},
): Promise<GitWorld> {
  const repositories = await makeRepositories(cleanup)
  const course = await repositories.make('course')
  const host = await startGitHost(cleanup, { folder: repositories.folder, ...hostOptions })
  const folder = await mkdtemp(join(tmpdir(), 'carrel-git-'))
  cleanup.defer(() => rm(folder, { recursive: true, force: true }))
  const log: string[] = []
  const open = (more: Partial<GitOptions> = {}) => {
    const opened = openGit({
      folder,
      rules: { ...testRules, ...rules },
      mostOnDisk: 2 ** 30,
      log: (message) => void log.push(message),
      ...options,
      ...more,
    })
    cleanup.defer(() => opened.close())
    return opened
  }
  return { repositories, course, host, source: { url: `${host.url}/course.git` }, git: open(), folder, log, open }
}

/** Fetches as a hub does, in a process that a test may kill. */
export function fetchElsewhere(cleanup: Cleanup, folder: string, source: GitSource): ChildProcess {
  const program = join(import.meta.dirname, 'fetch-process.ts')
  const child = spawn(process.execPath, [program, folder, JSON.stringify(source)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  cleanup.defer(() => kill(child))
  return child
}

/**
 * Has another process fetch the commit, kills it at the first request that `when` means, which gets no whole answer, and
 * fetches once more. Returns what was found in between.
 */
export async function fetchKilled(
  cleanup: Cleanup,
  answer: NonNullable<GitHostOptions['answer']>,
  when: (url: string) => boolean,
  commitTo: (world: GitWorld) => Promise<string>,
) {
  let child: ChildProcess | undefined
  const { promise: asked, resolve } = Promise.withResolvers<Socket>()
  const world = await openGitWorld(cleanup, {
    host: {
      answer(request, response) {
        if (child?.exitCode !== null || child.signalCode !== null || !when(request.url ?? ''))
          return answer(request, response)
        response.write('0')
        resolve(request.socket)
        return true
      },
    },
  })
  const commit = await commitTo(world)
  child = fetchElsewhere(cleanup, world.folder, world.source)
  const socket = await asked
  await kill(child)
  await until(() => socket.destroyed)
  const between = (await failed(world.git.list(world.source, commit))).message
  const { left } = await world.git.fetch(world.source, { signal })
  return {
    between,
    left,
    contents: await entriesOf(world.git.archive(world.source, commit)),
    folders: await readdir(world.folder),
  }
}

/** A signal for acts that are not aborted. */
export const signal = new AbortController().signal

/** Returns the error of git with which a promise rejects. */
export async function failed(promise: Promise<unknown>): Promise<GitError> {
  return promise.then(
    (value) => assert.fail(`did not fail, but returned ${JSON.stringify(value)}`),
    (error) => {
      assert.equal(error.name, 'GitError', error.stack)
      return error
    },
  )
}

/** Returns the entries of an archive: the content of a file, `-> target` of a link, `folder` of a folder. */
export async function entriesOf(archive: AsyncIterable<Uint8Array>): Promise<Record<string, string>> {
  const entries: Record<string, string> = {}
  const unpacking = extract()
  unpacking.end(Buffer.concat(await Array.fromAsync(archive)))
  for await (const entry of unpacking) {
    const { name, type, linkname } = entry.header
    const content = Buffer.concat((await Array.fromAsync(entry)) as Buffer[]).toString()
    entries[name] = type === 'symlink' ? `-> ${linkname}` : type === 'directory' ? 'folder' : content
  }
  return entries
}

/** Returns the names of what runs have left in the folder of the mirrors. */
export async function leftIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.startsWith('.'))
}

/** Returns bytes that cannot be compressed, the same each time. */
export function noise(length: number, seed = ''): Buffer {
  return createHash('shake256', { outputLength: length }).update(seed).digest()
}
