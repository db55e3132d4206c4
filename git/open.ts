/** Opens the git of a hub. Nothing is asked of the machine before a repository is: a hub without repositories needs no git. */
import { resolve as absolute } from 'node:path'
import { archiveOfFiles, filesBelow } from './archive.ts'
import { isDamage } from './blobs.ts'
import { bring } from './bring.ts'
import { nameOf } from './credentials.ts'
import { type Git, GitError, type GitRules, type GitSource } from './git.ts'
import { createMirrors } from './mirrors.ts'
import { checkVersion } from './process.ts'
import { createReach, type Lookup } from './reach.ts'
import { createReader } from './reader.ts'
import { isHash } from './refs.ts'
import { askForCommit, checkSource } from './remote.ts'
import { type Local, readCommit, readFiles } from './repository.ts'
import { createTurns } from './waiting.ts'

export interface GitOptions {
  /** Where the mirrors are. Made when the first one is. */
  folder: string
  rules: GitRules
  /** Takes messages for the operator, such as that a mirror was damaged. */
  log?: ((message: string) => void) | undefined
  /** Finds the addresses of a host name. Default: the system's way. */
  lookup?: Lookup | undefined
}

/** Opens the mirrors in a folder. Throws an `Error` when the rules name what is neither a host nor a network. */
export function openGit({ folder, rules, log = () => undefined, lookup }: GitOptions): Git {
  const reach = createReach(rules.hosts, lookup)
  const mirrors = createMirrors(absolute(folder), rules.seconds)
  const reader = createReader()
  const inTurn = createTurns()
  const closing = new AbortController()
  const underWay = new Set<Promise<unknown>>()
  const swept = mirrors
    .sweep()
    .catch((error: unknown) => log(`What an earlier hub left in ${folder} stays there: ${error}`))
  let version: Promise<void> | undefined

  /** Looks once whether this machine has git, and again where it had none. */
  async function ready(): Promise<void> {
    await swept
    version ??= checkVersion()
    await version.catch((error: unknown) => {
      version = undefined
      throw error
    })
  }

  /** Notes that something is under way until it has ended. */
  function noted<T>(act: Promise<T>): Promise<T> {
    underWay.add(act)
    const done = () => underWay.delete(act)
    act.then(done, done)
    return act
  }

  /** Runs `act` within the time of one question. */
  async function within<T>(signals: AbortSignal[], act: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const time = AbortSignal.timeout(rules.seconds * 1000)
    const signal = AbortSignal.any([time, closing.signal, ...signals])
    try {
      signal.throwIfAborted()
      await ready()
      return await act(signal)
    } catch (error) {
      if (error !== time.reason) throw error
      const message = `The repository was not there within ${rules.seconds} seconds. Try again later, or have the operator allow more.`
      throw new GitError(message, { passes: true })
    }
  }

  /** Runs `act` on the repository of a commit. Removes one that turns out to be damaged, so that the next fetch brings it anew. */
  async function inCommit<T>(local: Local, act: () => Promise<T>): Promise<T> {
    try {
      return await mirrors.using(local.cwd, act)
    } catch (error) {
      if (isDamage(error)) {
        log(`${local.cwd} was damaged and is removed; the next fetch brings it again: ${(error as GitError).detail}`)
        await mirrors.drop(local.cwd)
      }
      throw error
    }
  }

  async function localOf(source: GitSource, commit: string, signal: AbortSignal): Promise<Local> {
    const mirror = await nameOf(checkSource(source), source)
    const cwd = isHash(commit) ? await mirrors.find(mirror, commit) : undefined
    if (cwd === undefined) throw new GitError('The commit is not here. Fetch it first.', { passes: true })
    return { cwd, signal }
  }

  const resolve: Git['resolve'] = async (source, { signal }) => {
    checkSource(source)
    return within([signal], (all) =>
      mirrors.inFolder((inside) => askForCommit(reach, source, { folder: inside, signal: all })),
    )
  }

  const fetch: Git['fetch'] = async (source, { commit, signal, report = () => undefined }) => {
    const remote = checkSource(source)
    if (commit !== undefined && !isHash(commit)) throw new GitError('A commit is named by its whole hash.')
    const wanted = commit?.toLowerCase() ?? (await resolve(source, { signal }))
    const mirror = await nameOf(remote, source)
    return inTurn(mirror, AbortSignal.any([signal, closing.signal]), () =>
      within([signal], async (all) => {
        const here = await mirrors.find(mirror, wanted)
        const local = { cwd: here ?? '', signal: all }
        const known = here && (await inCommit(local, () => readCommit(local, wanted)).catch(undefinedIfDamaged))
        return known || bring({ mirrors, reach, rules }, { source, commit: wanted, mirror, signal: all, report })
      }),
    )
  }

  return {
    resolve: (...args) => noted(resolve(...args)),
    fetch: (...args) => noted(fetch(...args)),
    list: (source, commit) =>
      noted(
        within([], async (signal) => {
          const local = await localOf(source, commit, signal)
          return (await inCommit(local, () => readFiles(local, commit, rules))).files
        }),
      ),
    read: (source, blob, { maxBytes = rules.maxBytes } = {}) =>
      noted(
        within([], async (signal) => {
          const mirror = await nameOf(checkSource(source), source)
          for (const cwd of isHash(blob) ? await mirrors.folders(mirror) : []) {
            const local = { cwd, signal }
            const found = await inCommit(local, () => reader.read(local, blob.toLowerCase(), maxBytes)).catch(
              undefinedIfDamaged,
            )
            if (found !== undefined) return found
          }
          throw new GitError('The file is not here. Fetch its commit first.', { passes: true })
        }),
      ),
    archive(source, commit, { folder: below } = {}) {
      const ended = Promise.withResolvers<void>()
      const archive = archiveOfFiles((signal) =>
        within([signal], async (short) => {
          const local = await localOf(source, commit, short)
          void mirrors.using(local.cwd, () => ended.promise)
          const [found, { files }] = await inCommit(local, () =>
            Promise.all([readCommit(local, commit), readFiles(local, commit, rules)]),
          )
          return { local: { ...local, signal }, commit: found, files: filesBelow(files, below) }
        }),
      )
      const close = () => archive.destroy(closing.signal.reason)
      closing.signal.addEventListener('abort', close, { once: true })
      archive.once('close', () => {
        closing.signal.removeEventListener('abort', close)
        ended.resolve()
      })
      void noted(ended.promise)
      return archive
    },
    async keep(sources) {
      await swept
      const names = sources.map(async (source) => nameOf(checkSource(source), source))
      const settled = await Promise.allSettled(names)
      await mirrors.keep(settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])))
    },
    async close() {
      closing.abort(new GitError('The hub is stopping.', { passes: true }))
      await Promise.allSettled([swept, ...underWay])
      await reader.close()
    },
  }
}

function undefinedIfDamaged(error: unknown): undefined {
  if (!isDamage(error)) throw error
}
