/**
 * The folder of the mirrors. Each commit has a bare repository of its own, `<mirror>/<commit>`, which is made in another
 * folder and takes its place by a rename. So no two fetches meet, of one hub or of several, and none can be found half made.
 * Repositories of one mirror share their packs by hard links.
 */
import { createHash, randomUUID } from 'node:crypto'
import { copyFile, link, mkdir, readdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { codeOf, undefinedIf } from '../../net/error-code.ts'
import { makeFolder } from '../../net/machine/make-folder.ts'
import { identifyProcess } from '../../net/machine/process-identity.ts'
import { removeTree } from '../../net/machine/remove-tree.ts'
import { isHash } from '../refs.ts'
import { refOfCommit } from '../repository.ts'
import { sizesOfMirrors } from './sizes.ts'

export interface Mirrors {
  /** Returns the folder of the commit's repository; undefined when it is not here. */
  find(mirror: string, commit: string): Promise<string | undefined>
  /** Returns the folders of all commits of a mirror, the one that was used last first. */
  folders(mirror: string): Promise<string[]>
  /** Makes a folder for a run, removes it after `act`, and before others whose hub has died. */
  inFolder<T>(act: (folder: string) => Promise<T>): Promise<T>
  /**
   * Gives a repository its place. Where the commit is here already, that one stays, unless this one `replaces` it and nothing
   * here reads the other.
   */
  publish(repository: string, mirror: string, commit: string, options: { replaces: boolean }): Promise<void>
  /** Removes a repository. */
  drop(folder: string): Promise<void>
  /** Removes all mirrors but these, and what runs of dead hubs have left. What something here reads stays until the next time. */
  keep(mirrors: readonly string[]): Promise<void>
  /**
   * Removes mirrors until all together take no more than `bytes`, those first that were used longest ago. What was used just now stays.
   * Returns what they take then.
   */
  bound(bytes: number): Promise<number>
  /** Runs `act` while nothing of this process removes the folder. */
  using<T>(folder: string, act: () => Promise<T>): Promise<T>
  /** Removes what runs of dead hubs have left. */
  sweep(): Promise<void>
}

/** How many commits of a repository stay here. They share what they have in common. */
const mostCommits = 20
const runPrefix = '.run-'
/** What was used in this time may be about to be read by a pull that is under way, here or in another hub. */
const recentMilliseconds = 300_000

/** `seconds` is the longest time of a run. A run of another machine that began long before that has died. */
export function createMirrors(root: string, seconds: number): Mirrors {
  const used = new Map<string, number>()

  const names = (folder: string) =>
    readdir(folder)
      .catch(undefinedIf('ENOENT', 'ENOTDIR'))
      .then((found) => found ?? [])

  async function sweep(): Promise<void> {
    for (const name of await names(root)) {
      if (name.startsWith(runPrefix) && (await isDead(name))) await removeTree(join(root, name))
    }
  }

  async function isDead(name: string): Promise<boolean> {
    const [, machine, pid, born] = /^\.run-(\w+)-(\d+)-(\w+)-/.exec(name) ?? []
    if (machine === short(hostname())) return short((await identifyProcess(Number(pid)))?.born ?? '') !== born
    const found = await stat(join(root, name)).catch(undefinedIf('ENOENT'))
    return found !== undefined && Date.now() - found.mtimeMs > (4 * seconds + 600) * 1000
  }

  async function inFolder<T>(act: (folder: string) => Promise<T>): Promise<T> {
    await sweep()
    const born = short((await identifyProcess(process.pid))?.born ?? '')
    const folder = join(root, `${runPrefix}${short(hostname())}-${process.pid}-${born}-${randomUUID()}`)
    await makeFolder(folder)
    try {
      return await act(folder)
    } finally {
      await removeTree(folder)
    }
  }

  /** What is removed is first renamed, so that it is never found half removed. */
  async function drop(folder: string): Promise<void> {
    await inFolder(async (trash) => {
      await rename(folder, join(trash, 'gone')).catch(undefinedIf('ENOENT'))
    })
  }

  async function folders(mirror: string): Promise<string[]> {
    const place = join(root, mirror)
    const commits = (await names(place)).filter(isHash).map((commit) => join(place, commit))
    const times = await Promise.all(
      commits.map((path) => stat(path).then(({ mtimeMs }) => mtimeMs, undefinedIf('ENOENT'))),
    )
    return commits
      .map((path, index) => ({ path, time: times[index] ?? 0 }))
      .sort((a, b) => b.time - a.time)
      .map(({ path }) => path)
  }

  /** Whether something here reads a mirror. */
  const isRead = (mirror: string) => [...used.keys()].some((folder) => folder.startsWith(`${mirror}/`))

  return {
    folders,
    inFolder,
    drop,
    sweep,
    async find(mirror, commit) {
      const folder = join(root, mirror, commit)
      const now = new Date()
      return utimes(folder, now, now).then(() => folder, undefinedIf('ENOENT'))
    },
    async publish(repository, mirror, commit, { replaces }) {
      const place = join(root, mirror)
      await makeFolder(place)
      const folder = join(place, commit)
      if (replaces && !used.has(folder)) await drop(folder)
      await rename(repository, folder).catch(undefinedIf('ENOTEMPTY', 'EEXIST'))
      for (const old of (await folders(mirror)).slice(mostCommits)) if (!used.has(old)) await drop(old)
    },
    async keep(mirrors) {
      await sweep()
      for (const name of await names(root)) {
        const place = join(root, name)
        if (/^[0-9a-f]{32}$/.test(name) && !mirrors.includes(name) && !isRead(place)) await drop(place)
      }
    },
    async bound(most) {
      const sizes = (await sizesOfMirrors(root)).sort((a, b) => a.used - b.used)
      let left = sizes.reduce((sum, { bytes }) => sum + bytes, 0)
      for (const { mirror, bytes, used: last } of sizes) {
        if (left <= most) break
        const place = join(root, mirror)
        if (isRead(place) || Date.now() - last < recentMilliseconds) continue
        await drop(place)
        left -= bytes
      }
      return left
    },
    async using(folder, act) {
      used.set(folder, (used.get(folder) ?? 0) + 1)
      try {
        return await act()
      } finally {
        const left = (used.get(folder) ?? 1) - 1
        if (left === 0) used.delete(folder)
        else used.set(folder, left)
      }
    },
  }
}

function short(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}

/** Above so many packs a repository is fetched anew, as a whole: what earlier commits had stays in them otherwise. */
const mostPacks = 40

/**
 * Gives a new repository the objects of an earlier one, so that only what is new is fetched. Returns false when there are
 * none to be had.
 */
export async function borrow(from: string, to: string): Promise<boolean> {
  try {
    const packs = await readdir(join(from, 'objects/pack'))
    if (packs.filter((name) => name.endsWith('.pack')).length >= mostPacks) return false
    for (const name of packs) {
      if (!/^pack-[0-9a-f]+\.(?:pack|idx|rev)$/.test(name)) continue
      const [source, target] = [join(from, 'objects/pack', name), join(to, 'objects/pack', name)]
      // Not every file system has hard links.
      await link(source, target).catch((error: unknown) => {
        if (codeOf(error) === 'ENOENT') throw error
        return copyFile(source, target)
      })
    }
    await copyFile(join(from, 'shallow'), join(to, 'shallow')).catch(undefinedIf('ENOENT'))
    await mkdir(join(to, 'refs/carrel'), { recursive: true })
    await writeFile(join(to, 'refs/carrel/base'), await readFile(join(from, refOfCommit)))
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

/** Returns how many bytes the objects of a repository take. */
export async function bytesOfObjects(repository: string): Promise<number> {
  const packs = join(repository, 'objects/pack')
  const sizes = await Promise.all((await readdir(packs)).map(async (name) => (await stat(join(packs, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}
