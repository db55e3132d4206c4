import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
      return repositoryAt(path)
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
const who = `${person.NAME} <${person.EMAIL}> ${Date.parse(person.DATE) / 1000} +0000`
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

function repositoryAt(path: string): TestRepository {
  const git = (...args: string[]) => gitIn(path, args)
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
      const ref = `refs/heads/${branch}`
      const hasParent = !anew && existsSync(join(path, ref))
      // One program for all files: a course has hundreds, and each program costs more than all of them.
      const commands = [
        `commit ${ref}\nmark :1\nauthor ${who}\ncommitter ${who}\n`,
        ...dataOf(`${message}\n`),
        ...(hasParent ? [`from ${ref}^0\n`] : []),
        ...Object.entries(files).flatMap(([name, change]) => changeOf(quoted(name), change)),
        'get-mark :1\n',
      ]
      const input = Buffer.concat(commands.map((command) => Buffer.from(command)))
      return gitIn(path, ['-c', 'fastimport.unpackLimit=1', 'fast-import', '--quiet', '--force'], input)
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

/** Returns what `git fast-import` reads for a change of a file. */
function changeOf(name: string, change: Change): (string | Buffer)[] {
  if (change === null) return [`D ${name}\n`]
  if (typeof change === 'string' || Buffer.isBuffer(change)) return [`M 100644 inline ${name}\n`, ...dataOf(change)]
  if ('module' in change) return [`M 160000 ${change.module} ${name}\n`]
  if ('link' in change) return [`M 120000 inline ${name}\n`, ...dataOf(change.link)]
  return [`M 100755 inline ${name}\n`, ...dataOf(change.program)]
}

/** Returns a name of any bytes as in C, each as its number in octal digits. */
function quoted(name: string): string {
  return `"${[...Buffer.from(name)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')}"`
}

function dataOf(content: string | Buffer): (string | Buffer)[] {
  return [`data ${Buffer.byteLength(content)}\n`, content, '\n']
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
