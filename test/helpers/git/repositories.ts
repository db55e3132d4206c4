import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Cleanup } from '../cleanup.ts'

const run = promisify(execFile)

/** A folder of bare repositories, as a host of git has them. */
export interface Repositories {
  /** The folder in which they are. */
  folder: string
  /** Makes an empty repository, whose main branch is `main`. */
  make(name: string, format?: 'sha1' | 'sha256'): Promise<TestRepository>
}

/** A file's content, or the commit of a submodule; `null` removes the file. */
export type Change = string | Buffer | { link: string } | { program: string } | { module: string } | null

export interface TestRepository {
  /** The path of the bare repository. */
  path: string
  /** Commits files on top of a branch, or in place of it, and returns the hash. */
  commit(
    files: Record<string, Change>,
    options?: { branch?: string; message?: string; anew?: boolean },
  ): Promise<string>
  /** Commits one file with the letter x under each of these paths, in place of the branch `main`, and returns the hash. */
  commitPaths(paths: readonly string[]): Promise<string>
  /** Runs git in the repository, and returns what it wrote, without the line's end. */
  git(...args: string[]): Promise<string>
  /** Writes an object of any bytes, also one that git would never make, and returns its hash. */
  object(type: 'blob' | 'tree' | 'commit', content: string | Buffer): Promise<string>
  /** Makes a commit of a tree, lets a branch name it, and returns its hash. */
  commitTree(tree: string, branch?: string): Promise<string>
}

/** Makes a folder for repositories, which goes with the tests. */
export async function makeRepositories(cleanup: Cleanup): Promise<Repositories> {
  const folder = await mkdtemp(join(tmpdir(), 'carrel-git-host-'))
  cleanup.defer(() => rm(folder, { recursive: true, force: true }))
  return {
    folder,
    async make(name, format = 'sha1') {
      const path = join(folder, `${name}.git`)
      await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', `--object-format=${format}`, path], {
        env,
      })
      return repositoryAt(path, join(folder, `${name}.work`))
    },
  }
}

/** Returns the text of a `.gitmodules` with these addresses by their paths. */
export function modulesFile(addresses: Record<string, string>): string {
  const entries = Object.entries(addresses)
  return entries.map(([path, url]) => `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n`).join('')
}

/** Times are of no importance, but the same for all, so that hashes are too. */
const person = { NAME: 'Ada', EMAIL: 'ada@example.org', DATE: '2026-01-02T03:04:05Z' }
const env = {
  PATH: process.env.PATH,
  HOME: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  ...Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((who) =>
      Object.entries(person).map(([what, value]) => [`GIT_${who}_${what}`, value]),
    ),
  ),
}

function repositoryAt(path: string, work: string): TestRepository {
  const git = (...args: string[]) => gitIn(path, args)
  const inWork = (...args: string[]) => gitIn(path, [`--work-tree=${work}`, ...args])
  const repository: TestRepository = {
    path,
    git,
    async commitPaths(paths) {
      const blob = await repository.object('blob', 'x')
      await git('read-tree', '--empty')
      const entries = paths.map((path) => `100644 ${blob}\t${path}\0`)
      await gitIn(path, ['update-index', '-z', '--index-info'], entries.join(''))
      return repository.commitTree(await git('write-tree'))
    },
    async commit(files, { branch = 'main', message = 'a commit', anew = false } = {}) {
      await mkdir(work, { recursive: true })
      const parent = await git('rev-parse', '--verify', '--quiet', `refs/heads/${branch}`).catch(() => undefined)
      if (parent === undefined || anew) await inWork('read-tree', '--empty')
      else await inWork('read-tree', parent)
      for (const [name, change] of Object.entries(files)) {
        const at = join(work, name)
        await rm(at, { force: true })
        if (change !== null && typeof change === 'object' && 'module' in change)
          await inWork('update-index', '--add', '--cacheinfo', `160000,${change.module},${name}`)
        else if (change === null) await inWork('update-index', '--force-remove', '--', name)
        else {
          await lay(at, change)
          await inWork('update-index', '--add', '--', name)
        }
      }
      const tree = await git('write-tree')
      const parents = parent === undefined || anew ? [] : ['-p', parent]
      const commit = await git('commit-tree', tree, ...parents, '-m', message)
      await git('update-ref', `refs/heads/${branch}`, commit)
      return commit
    },
    object: (type, content) => gitIn(path, ['hash-object', '-w', '--literally', '--stdin', '-t', type], content),
    async commitTree(tree, branch = 'main') {
      const commit = await git('commit-tree', tree, '-m', 'made by hand')
      await git('update-ref', `refs/heads/${branch}`, commit)
      return commit
    },
  }
  return repository
}

async function lay(at: string, change: Exclude<Change, null | { module: string }>): Promise<void> {
  await mkdir(dirname(at), { recursive: true })
  if (typeof change === 'string' || Buffer.isBuffer(change)) await writeFile(at, change)
  else if ('link' in change) await symlink(change.link, at)
  else await writeFile(at, change.program, { mode: 0o755 })
}

async function gitIn(path: string, args: string[], input: string | Buffer = ''): Promise<string> {
  const child = spawn('git', args, { cwd: path, env: { ...env, GIT_DIR: path }, stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  const [wrote, said] = await Promise.all([child.stdout.toArray(), child.stderr.toArray()])
  if ((await ended) !== 0) throw new Error(`git ${args.join(' ')}: ${Buffer.concat(said)}`)
  return Buffer.concat(wrote).toString().replace(/\n$/, '')
}
