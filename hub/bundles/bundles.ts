import { createReadStream, createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { Logger } from 'pino'
import type { Config } from '../../config/config.ts'
import { layOut, siteSlug } from '../../config/lay-out.ts'
import type { Course } from '../../courses/course.ts'
import type { LaidFile } from '../../courses/files.ts'
import type { BundleSource, MountedBundle } from '../../spawners/files.ts'
import { SpawnError } from '../../spawners/spawner.ts'
import { kept } from '../../words/kept.ts'
import { type Bundle, contentOf, putBundle, renewBundles } from '../db/bundles/bundles.ts'
import { partBytes } from '../db/bundles/parts.ts'
import type { Database } from '../db/dialect.ts'
import { messageOf } from '../errors.ts'
import { type ArchiveEntry, archiveOf, bundleOf, soundBundle, writeArchiveOf } from './archive.ts'
import { openShelf, type Shelf, type ShelvedFile } from './shelf.ts'

/** The bundles of one hub: those that its config names, and those of runs that another hub has begun. */
export interface HubBundles {
  /** Returns the bundles of a course as this hub's config has them. */
  of(course: string): MountedBundle[]
  /**
   * Sees to it that the database has the bundles of this hub's courses, so that any hub can hand them out, and that no
   * sweep removes them within the next minutes, in which a run may come to name them.
   */
  keep(): Promise<void>
  /** Returns a bundle for a spawner. Rejects with a `SpawnError` when neither this hub nor the database has it. */
  source(digest: string): Promise<BundleSource>
  /** Returns the archive of a bundle on this hub's disk. Rejects as `source` does. */
  archive(digest: string): Promise<ShelvedFile>
  /**
   * Makes a bundle of these entries, which come in the order of their names, and keeps it on this hub's disk and in the
   * database. No sweep removes it within the next minutes, in which a row may come to name it.
   */
  make(entries: AsyncIterable<ArchiveEntry>, signal: AbortSignal): Promise<Bundle>
  /** Makes a bundle of files that this hub lays into servers by itself, keeps it as `keep` does from now on, and returns its digest. */
  keepOwn(files: readonly LaidFile[]): Promise<string>
  /** Does what `keep` does, whenever it was done last. */
  renew(): Promise<void>
  /** The bundles of this hub's courses, and of files that it lays into servers by itself. */
  readonly own: ReadonlySet<string>
  readonly shelf: Shelf
}

export interface BundlesOptions {
  db: Database
  config: Config
  /** The courses of the moment. The bundles of their content are kept too. */
  courses: { readonly all: Readonly<Record<string, Pick<Course, 'brought'>>> }
  dataDir: string
  /** The address of the internal listener as servers are told it. */
  internalUrl: string | undefined
  log: Logger
}

/** For how long a renewal is taken for lasting. Far less than it lasts, so that nothing is removed under a hub's hands. */
const keptMilliseconds = 300_000

interface Kept {
  bundle: Bundle
  file: ShelvedFile
}

/** Makes the bundles of all courses, and keeps them on the disk and in the database. */
export async function openHubBundles(options: BundlesOptions): Promise<HubBundles> {
  const { db, config, courses, dataDir, internalUrl, log } = options
  const shelf = await openShelf(dataDir)
  const { mounted, made } = describe(config)
  const kept = new Map<string, Promise<Kept>>()
  for (const [digest, { bundle, files }] of made) {
    kept.set(digest, Promise.resolve({ bundle, file: await shelve(shelf, digest, files) }))
  }
  const own = new Map([...made].map(([digest, { bundle }]) => [digest, bundle]))

  let renewed = performance.now()
  /** Renews the rows of our bundles, and returns how many of them were not there and have been written. */
  async function renew(): Promise<number> {
    const began = performance.now()
    const ofContent = Object.values(courses.all).flatMap(
      ({ brought }) => brought?.bundles.map(({ digest }) => digest) ?? [],
    )
    const there = new Set(await renewBundles(db, [...new Set([...own.keys(), ...ofContent])]))
    const missing = [...own.values()].filter(({ digest }) => !there.has(digest))
    for (const bundle of missing) {
      const file = await shelf.find(bundle.digest)
      if (file === undefined) throw new Error(`the archive of the bundle ${bundle.digest} is not on the disk any more`)
      await putBundle(db, bundle, readInParts(file))
    }
    const lost = [...new Set(ofContent)].filter((digest) => !there.has(digest) && !own.has(digest))
    for (const digest of lost) {
      const found = await find(digest).catch(() => undefined)
      if (found !== undefined) await putBundle(db, found.bundle, readInParts(found.file))
      else
        log.warn({ digest }, 'files of a course are lost that came from its repository: its next pull brings them back')
    }
    renewed = began
    return missing.length + lost.length
  }
  await renew()

  async function find(digest: string): Promise<Kept> {
    const known = kept.get(digest)
    if (known !== undefined) {
      const { file } = await known
      if ((await shelf.find(digest))?.bytes === file.bytes) return known
      kept.delete(digest)
    }
    const found = kept.get(digest) ?? fetchBundle(db, shelf, digest)
    kept.set(digest, found)
    found.catch(() => kept.delete(digest))
    return found
  }

  return {
    get own() {
      return new Set(own.keys())
    },
    shelf,
    of: (course) => mounted.get(course) ?? mounted.get(siteSlug) ?? [],
    keep: async () => {
      if (performance.now() - renewed > keptMilliseconds) await renew()
    },
    async make(entries, signal) {
      let bundle: Bundle | undefined
      const file = await shelf.put(async (path) => {
        bundle = await writeArchiveOf(entries, path, signal)
        return bundle.digest
      })
      if (bundle === undefined || file === undefined) throw new Error('an archive was written that is not there')
      await putBundle(db, bundle, readInParts(file))
      kept.set(bundle.digest, Promise.resolve({ bundle, file }))
      return bundle
    },
    async keepOwn(files) {
      const bundle = bundleOf(files)
      const { digest } = bundle
      if (own.has(digest)) return digest
      const file = await shelve(shelf, digest, files)
      await putBundle(db, bundle, readInParts(file))
      kept.set(digest, Promise.resolve({ bundle, file }))
      own.set(digest, bundle)
      return digest
    },
    async renew() {
      const written = await renew()
      if (written > 0) log.warn({ bundles: written }, 'the database had lost bundles of the config')
    },
    archive: async (digest) => (await find(digest)).file,
    async source(digest) {
      const { bundle, file } = await find(digest)
      const { bytes, files, hasLinks } = bundle
      const url = internalUrl && { url: `${internalUrl}/hub/api/bundles/${digest}` }
      return { bytes, files, hasLinks, tar: () => createReadStream(file.path), ...url }
    },
  }
}

function describe(config: Config) {
  const made = new Map<string, { bundle: Bundle; files: readonly LaidFile[] }>()
  const mounted = new Map<string, MountedBundle[]>()
  for (const [course, folders] of Object.entries(laidIn(config))) {
    const its = folders.map(({ path, files }): MountedBundle => {
      const bundle = bundleOf(files)
      made.set(bundle.digest, { bundle, files })
      return { digest: bundle.digest, path, into: 'read-only' }
    })
    mounted.set(course, its)
  }
  return { made, mounted }
}

function laidIn(config: Config): NonNullable<Config['laid']> {
  if (config.laid !== undefined) return config.laid
  const { laid, problems } = layOut(config, new Map())
  const [problem] = problems
  if (problem !== undefined) throw new Error(`${problem.path.join('.')}: ${problem.message}`)
  return laid
}

/** Writes the archive of a bundle to the disk, unless it is there as it should be. */
async function shelve(shelf: Shelf, digest: string, files: readonly LaidFile[]): Promise<ShelvedFile> {
  const there = await shelf.find(digest)
  if (there !== undefined && (await soundBundle(digest, there.path)) !== undefined) return there
  const write = async (path: string) => {
    await writeFile(path, await archiveOf(files), { flag: 'wx', mode: 0o600 })
    return digest
  }
  return (await shelf.put(write)) ?? Promise.reject(new Error('an archive was written that is not there'))
}

/** Returns a bundle from the disk, else from the database. What is not whole there is no bundle. */
async function fetchBundle(db: Database, shelf: Shelf, digest: string): Promise<Kept> {
  const there = await shelf.find(digest)
  const present = there && (await soundBundle(digest, there.path))
  if (there !== undefined && present !== undefined) return { bundle: present, file: there }
  let bundle: Bundle | undefined
  const file = await shelf
    .put(async (path) => {
      await pipeline(contentOf(db, digest), createWriteStream(path, { flags: 'wx', mode: 0o600 }))
      bundle = await soundBundle(digest, path)
      return bundle?.digest
    })
    .catch((cause: unknown) => {
      throw new SpawnError(kept`Files of this course could not be fetched.`, {
        detail: `the bundle ${digest} could not be brought from the database to this hub's disk: ${messageOf(cause)}`,
        cause,
      })
    })
  if (bundle === undefined || file === undefined) {
    throw new SpawnError(kept`Files of this course are missing.`, {
      detail: `neither the database nor this hub's disk has the bundle ${digest} any more; a start of the hub brings it back if the config still has it, and a pull if it came from the course's repository`,
    })
  }
  return { bundle, file }
}

function readInParts({ path }: ShelvedFile): AsyncIterable<Buffer> {
  return createReadStream(path, { highWaterMark: partBytes })
}
