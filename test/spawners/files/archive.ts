/** Makes bundles as a hub has them: an archive on the disk, and the answer to the question for it. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import type { BundleSource, MountedBundle } from '../../../spawners/files.ts'
import { bytesOfFile } from '../../hub/bundles/large-files.ts'
import type { FilesWorld } from './world.ts'

export interface Contents {
  files: Record<string, string>
  /** Paths of files that are programs. */
  programs?: string[]
  links?: Record<string, string>
  /** Sizes of large files, whose bytes nothing can make smaller. */
  large?: Record<string, number>
}

export interface TestBundle {
  mounted: MountedBundle
  archive: string
  source: BundleSource
  /** How often it was asked for. */
  asked: number
  /** The server's token, with which `source.url` answers. */
  token: string
  /** The SHA-256 of the large files. */
  sums: Record<string, string>
  /** The `bundle` of a start. */
  give(digest: string): Promise<BundleSource>
  remove(): Promise<void>
}

/** Small enough for every way in which a spawner may keep bundles, and without links. */
export const plain: Contents = {
  files: { 'notes.txt': 'notes of the course', 'deep/er/file.json': '{"deep": true}' },
}

/** With what only some ways can do: links, programs, names with odd letters, megabytes. */
export const full: Contents = {
  files: {
    ...plain.files,
    'bin/hello': '#!/bin/sh\necho hello',
    'week 1/Zoë’s "file".txt': 'odd name',
    'big.bin': 'carrel'.repeat(400_000),
  },
  programs: ['bin/hello'],
  links: { latest: 'notes.txt', 'deep/up': '../notes.txt', nowhere: '/no/such/file' },
}

/** Makes a bundle that is laid at `path`. */
export async function newBundle(
  world: Pick<FilesWorld, 'publish'>,
  contents: Contents,
  { path, into = 'read-only' }: { path: string; into?: MountedBundle['into'] },
): Promise<TestBundle> {
  const folder = await mkdtemp(join(tmpdir(), 'carrel-test-'))
  const { files, programs = [], links = {}, large = {} } = contents
  const root = join(folder, 'files')
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), text)
    await chmod(join(root, name), programs.includes(name) ? 0o755 : 0o644)
  }
  for (const [name, target] of Object.entries(links)) await symlink(target, join(root, name))
  const sums: Record<string, string> = {}
  for (const [name, bytes] of Object.entries(large)) {
    const hash = createHash('sha256')
    await pipeline(
      bytesOfFile(name, bytes),
      async function* (content) {
        for await (const part of content) {
          hash.update(part)
          yield part
        }
      },
      createWriteStream(join(root, name)),
    )
    sums[name] = hash.digest('hex')
  }
  const archive = join(folder, 'files.tar')
  const names = [
    ...new Set(
      [...Object.keys(files), ...Object.keys(links), ...Object.keys(large)].map((name) => name.split('/')[0] ?? ''),
    ),
  ]
  await promisify(execFile)('tar', ['--numeric-owner', '-C', root, '-cf', archive, '--', ...names])
  const token = createHash('sha256').update(archive).digest('hex')
  const tar = () => createReadStream(archive)
  const url = await world.publish?.(tar, token)
  const { size } = await stat(archive)
  const source: BundleSource = {
    ...{ bytes: size, files: Object.keys(files).length + Object.keys(links).length },
    ...{ hasLinks: Object.keys(links).length > 0, tar, ...(url !== undefined && { url }) },
  }
  // The name of the archive makes it one that no spawner has.
  const digest = createHash('sha256')
    .update(archive)
    .update(await readFile(archive))
    .digest('hex')
  const bundle: TestBundle = {
    ...{ mounted: { digest, path, into }, archive, source, asked: 0, token, sums },
    async give(asked) {
      if (asked !== digest) throw new Error(`no bundle has the digest ${asked}`)
      bundle.asked += 1
      return source
    },
    remove: () => rm(folder, { recursive: true }),
  }
  return bundle
}
