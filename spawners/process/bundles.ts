/**
 * Bundles: a read-only folder each, `unpacked/<installation>/<digest>/`, which appears with all its files by a rename. So a
 * bundle that is there is whole.
 */
import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, open, readdir, rename } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { undefinedIf } from '../../net/error-code.ts'
import { inParallel } from '../../net/in-parallel.ts'
import type { BundleSource, Bundles, MountedBundle } from '../files.ts'
import { type Installation, SpawnError } from '../spawner.ts'
import { draftIn, isFolder, openFolder, removeFrom } from './drafts.ts'

export interface BundleFolders extends Bundles {
  /** Returns the folder of a bundle. */
  folderOf(digest: string): string
  /** Makes the folders of these bundles where they are missing. Starts at the same time fill one once. */
  provide(bundles: readonly MountedBundle[], context: FillContext): Promise<void>
}

interface FillContext {
  signal: AbortSignal
  bundle(digest: string): Promise<BundleSource>
}

export interface BundleOptions {
  dataDir: string
  installation: Installation
  warn(message: string): void
  /** Returns whether a run or errand has the bundle. */
  isUsed(digest: string): Promise<boolean>
}

export async function openBundles({ dataDir, installation, warn, isUsed }: BundleOptions): Promise<BundleFolders> {
  const owner = createHash('sha256').update(`${installation.name} ${installation.id}`).digest('hex').slice(0, 16)
  const root = join(resolve(dataDir), 'unpacked', owner)
  await openFolder(root, warn)
  const filling = new Map<string, Promise<void>>()

  const folderOf = (digest: string) => {
    if (!digestPattern.test(digest)) throw new Error(`${JSON.stringify(digest)} is not the digest of a bundle`)
    return join(root, digest)
  }

  const provideOne = async (digest: string, context: FillContext): Promise<void> => {
    while (!(await isFolder(folderOf(digest)))) {
      context.signal.throwIfAborted()
      const other = filling.get(digest)
      if (other === undefined) {
        const own = fill(root, folderOf(digest), context)
        filling.set(digest, own)
        await own.finally(() => filling.delete(digest))
      } else {
        // One that fails, or is aborted, leaves the work to this one.
        await other.catch(() => undefined)
      }
    }
  }

  return {
    folderOf,

    async provide(bundles, context) {
      for (const { digest } of bundles) await provideOne(digest, context)
    },

    list: async () => (await readdir(root)).filter((name) => digestPattern.test(name)),

    async remove(digest) {
      const folder = folderOf(digest)
      if (!(await isFolder(folder)) || (await isUsed(digest))) return
      const trash = draftIn(root, 'gone')
      await rename(folder, trash).catch(undefinedIf('ENOENT'))
      // A start that saw the bundle just before is known by now: its run is there before it looks for its bundles.
      if (await isUsed(digest)) await rename(trash, folder).catch(undefinedIf('ENOENT', 'ENOTEMPTY', 'EEXIST'))
      await removeFrom(root, basename(trash))
    },
  }
}

const digestPattern = /^[0-9a-f]{64}$/

async function fill(root: string, folder: string, { signal, bundle }: FillContext): Promise<void> {
  const source = await bundle(basename(folder))
  const draft = draftIn(root, 'new')
  await mkdir(draft, { mode: 0o700 })
  try {
    await unpack(source, draft, signal)
    await keep(draft)
    await promisify(execFile)('chmod', ['-R', 'u+rX,a-w', '--', draft])
    await rename(draft, folder).catch(undefinedIf('ENOTEMPTY', 'EEXIST'))
  } finally {
    await removeFrom(root, basename(draft))
  }
}

/** Waits until all files are on the disk: after a power failure a folder that is there must still be whole. */
async function keep(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  await inParallel(8, files, async (path) => {
    const file = await open(path)
    await file.sync().finally(() => file.close())
  })
}

/** Unpacks with the system's tar, which follows no link of the archive and leaves out names that lead elsewhere. */
async function unpack(source: BundleSource, folder: string, signal: AbortSignal): Promise<void> {
  const args = ['-x', '-o', '-m', '-f', '-', '-C', folder]
  const tar = spawn('tar', args, { stdio: ['pipe', 'ignore', 'pipe'], signal, killSignal: 'SIGKILL' })
  const said: Buffer[] = []
  tar.stderr.on('data', (chunk: Buffer) => said.push(chunk))
  // tar ends at the end of the archive, and may leave the zeros after it unread.
  tar.stdin.on('error', () => undefined)
  const input = source.tar()
  const broken = Promise.withResolvers<never>()
  broken.promise.catch(() => undefined)
  input.on('error', broken.reject)
  try {
    input.pipe(tar.stdin)
    const [code] = await Promise.race([once(tar, 'close'), broken.promise])
    if (code !== 0) throw new Error(Buffer.concat(said).toString().slice(0, 2000))
  } catch (cause) {
    signal.throwIfAborted()
    throw new SpawnError('The files of this course could not be unpacked.', { detail: String(cause), cause })
  } finally {
    tar.kill('SIGKILL')
    input.destroy()
  }
}
