/** Opens the git of a hub. Nothing is asked of the machine before a repository is: a hub without repositories needs no git. */
import { resolve as absolute, basename, dirname } from 'node:path'
import { archiveOfFiles, filesBelow } from './archive.ts'
import { isDamage } from './blobs.ts'
import { bring } from './bring.ts'
import { nameOf } from './credentials.ts'
import { type Git, type GitCommit, GitError, type GitRules, type GitSource } from './git.ts'
import { readLfsObject } from './lfs/store.ts'
import { createMirrors } from './mirrors/mirrors.ts'
import { leftOf, mayBeMore, readAllFiles, readCommitParts } from './parts.ts'
import { checkVersion } from './process.ts'
import { createReach, type Lookup } from './reach.ts'
import { createReader } from './reader.ts'
import { isHash } from './refs.ts'
import { askForCommit, checkSource } from './remote.ts'
import { type Local, readCommit } from './repository.ts'
import { createTurns, inTime } from './waiting.ts'

export interface GitOptions {
  /** Where the mirrors are. Made when the first one is. */
  folder: string
  rules: GitRules
  /** The most that all mirrors may take on the disk; those that were used longest ago go. */
  mostOnDisk: number
  /** Is told what they take, whenever that was measured. */
  measured?: ((bytes: number) => void) | undefined
  /** Takes messages for the operator, such as that a mirror was damaged. */
  log?: ((message: string) => void) | undefined
  /** Finds the addresses of a host name. Default: the system's way. */
  lookup?: Lookup | undefined
}

/** Opens the mirrors in a folder. Throws an `Error` when the rules name what is neither a host nor a network. */
export function openGit({ folder, rules, log = () => undefined, lookup, ...disk }: GitOptions): Git {
  const reach = createReach(rules.hosts, lookup)
  const publicReach = createReach([], lookup)
  const mirrors = createMirrors(absolute(folder), rules.seconds)
  const reader = createReader()
  const inTurn = createTurns()
  const closing = new AbortController()
  const underWay = new Set<Promise<unknown>>()
  const damagedMirrors = new Set<string>()
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
    return inTime(rules.seconds, AbortSignal.any([closing.signal, ...signals]), async (signal) => {
      await ready()
      return act(signal)
    })
  }

  /** Removes a repository that an error tells to be damaged, so that the next fetch brings it anew. */
  async function removeIfDamaged(cwd: string, error: unknown): Promise<void> {
    if (!isDamage(error)) return
    log(`${cwd} was damaged and is removed; the next fetch brings it again: ${(error as GitError).detail}`)
    damagedMirrors.add(basename(dirname(cwd)))
    await mirrors.drop(cwd)
  }

  /** Runs `act` on the repository of a commit. Removes one that turns out to be damaged. */
  async function inCommit<T>(local: Local, act: () => Promise<T>): Promise<T> {
    try {
      return await mirrors.using(local.cwd, act)
    } catch (error) {
      await removeIfDamaged(local.cwd, error)
      throw error
    }
  }

  /** Removes mirrors that are too much for the disk. What cannot be removed now is tried again after the next fetch. */
  async function makeRoom(): Promise<void> {
    try {
      disk.measured?.(await mirrors.bound(disk.mostOnDisk))
    } catch (error) {
      log(`The mirrors in ${folder} could not be bounded: ${error}`)
    }
  }

  async function localOf(source: GitSource, commit: string, signal: AbortSignal): Promise<Local> {
    const mirror = await nameOf(checkSource(source), source)
    const cwd = isHash(commit) ? await mirrors.find(mirror, commit) : undefined
    if (cwd === undefined || (await readCommitParts(cwd)) === undefined)
      throw new GitError('The commit is not here. Fetch it first.', { passes: true })
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
    const ending = AbortSignal.any([signal, closing.signal])
    return inTurn(mirror, ending, async () => {
      const known = await within([signal], (soon) => findHere(mirror, wanted, soon))
      if (known !== undefined) return known
      // Commits share their contents on the disk, and so what is damaged.
      const trusts = !damagedMirrors.delete(mirror)
      const brought = await bring(
        { mirrors, reach, publicReach, rules },
        { source, commit: wanted, mirror, trusts, signal: ending, report },
      )
      await makeRoom()
      return brought
    })
  }

  /** Returns a commit that is here with all that it can have; undefined for any other. */
  async function findHere(mirror: string, commit: string, signal: AbortSignal): Promise<GitCommit | undefined> {
    const cwd = await mirrors.find(mirror, commit)
    if (cwd === undefined) return undefined
    const local = { cwd, signal }
    return inCommit(local, async () => {
      const parts = await readCommitParts(cwd)
      if (parts === undefined || mayBeMore(parts, rules)) return undefined
      return { ...(await readCommit(local, commit)), left: leftOf(parts) }
    }).catch(undefinedIfDamaged)
  }

  return {
    resolve: (...args) => noted(resolve(...args)),
    fetch: (...args) => noted(fetch(...args)),
    list: (source, commit) =>
      noted(
        within([], async (signal) => {
          const local = await localOf(source, commit, signal)
          return inCommit(local, () => readAllFiles(local, commit, rules))
        }),
      ),
    read: (source, blob, { maxBytes = rules.maxBytes } = {}) =>
      noted(
        within([], async (signal) => {
          const mirror = await nameOf(checkSource(source), source)
          for (const cwd of isHash(blob) ? await mirrors.folders(mirror) : []) {
            const local = { cwd, signal }
            const found = await inCommit(
              local,
              async () =>
                (await readLfsObject(cwd, blob.toLowerCase(), maxBytes)) ??
                (await reader.read(local, blob.toLowerCase(), maxBytes)),
            ).catch(undefinedIfDamaged)
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
          archive.once('error', (error) => noted(removeIfDamaged(local.cwd, error)).catch((e) => log(String(e))))
          const [found, files] = await inCommit(local, () =>
            Promise.all([readCommit(local, commit), readAllFiles(local, commit, rules)]),
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
      await makeRoom()
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
