/**
 * Where links in a home or workspace lead: a folder `laid/<home or server>/` of its own, in which each path of a bundle is a
 * link to the bundle's folder. The next start may have other bundles; the links of a learner's folder stay right then.
 */
import { mkdir, readlink, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { undefinedIf } from '../../net/error-code.ts'
import type { MountedBundle, MountedHome, MountedLinks } from '../files.ts'
import { linkLine } from '../lines/link-line.ts'
import { draftIn } from './drafts.ts'

/** Whose links these are: a home's, or those of a server without one. */
export type LaidFor = { home: string } | { server: string }

interface LinkedFiles {
  home?: MountedHome | undefined
  bundles: readonly MountedBundle[]
  links?: readonly MountedLinks[] | undefined
}

/** Brings the paths to which links lead up to date, and returns the command that makes the links. */
export async function layLinks(
  { dataDir, folderOf }: { dataDir: string; folderOf(digest: string): string },
  server: string,
  { home, bundles, links = [] }: LinkedFiles,
  command: string[],
): Promise<string[]> {
  if (links.length === 0) return command
  const folder = laidFolder(dataDir, home === undefined ? { server } : { home: home.id })
  for (const { digest, path } of bundles) await point(join(folder, path), folderOf(digest))
  // Absolute folders are those of an image, and the machine's own here.
  const here = links.map(({ folders, to }) => ({ folders: folders.filter((one) => !one.startsWith('/')), to }))
  return linkLine(here, command, {
    base: '.',
    ours: `${rootOf(dataDir)}/`,
    seenAt: (path) => join(folder, path),
  })
}

export async function forgetLaid(dataDir: string, whose: LaidFor): Promise<void> {
  await rm(laidFolder(dataDir, whose), { recursive: true, force: true })
}

/** Makes a link lead to a folder. One that leads elsewhere is replaced at once. */
async function point(path: string, target: string): Promise<void> {
  if ((await readlink(path).catch(undefinedIf('ENOENT'))) === target) return
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = draftIn(dirname(path), 'new')
  await symlink(target, draft)
  await rename(draft, path)
}

function laidFolder(dataDir: string, whose: LaidFor): string {
  return join(rootOf(dataDir), 'home' in whose ? `home-${whose.home}` : `server-${whose.server}`)
}

function rootOf(dataDir: string): string {
  return join(resolve(dataDir), 'laid')
}
