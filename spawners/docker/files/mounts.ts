/** Where a container sees its home and its bundles. Pure. */
import type { MountSettings } from 'dockerode'
import type { MountedBundle, MountedHome, MountedLinks } from '../../files.ts'
import { type Copy, copyLine } from '../../lines/copy-line.ts'
import { linkLine } from '../../lines/link-line.ts'
import { SpawnError } from '../../spawner.ts'
import { homeName } from '../labels.ts'

/** The home and the bundles of a server or errand, and links to these. */
export interface MountedFiles {
  home?: MountedHome | undefined
  bundles: readonly MountedBundle[]
  links?: readonly MountedLinks[] | undefined
}

/** Mounts a volume. The engine neither fills nor names it: what is in a volume is what the spawner has made there. */
export function volumeAt(volume: string, path: string, readOnly = false): MountSettings {
  const VolumeOptions = { NoCopy: true } as MountSettings['VolumeOptions']
  return { Type: 'volume', Source: volume, Target: path, ReadOnly: readOnly, VolumeOptions }
}

/** Returns the mounts of home and bundles. `volumes` has the volume of each bundle, by its digest. */
export function mountsOf({ home, bundles }: MountedFiles, volumes: ReadonlyMap<string, string>): MountSettings[] {
  const paths = [...(home ? [home.path] : []), ...bundles.map(({ path }) => path)]
  for (const path of paths) assertPlain(path)
  for (const [at, path] of paths.entries()) {
    // The engine makes the folder of a mount, through links that a learner may have made in the folder around it.
    const around = paths.find((other, index) => index !== at && isInside(path, other))
    if (around !== undefined)
      throw misplaced(`${path} is in ${around}: neither homes nor bundles may lie in one another`)
  }
  return [
    ...(home ? [volumeAt(homeName(home.id), home.path)] : []),
    ...bundles.map(({ digest, path }) => {
      const volume = volumes.get(digest)
      if (volume === undefined) throw new Error(`the bundle ${digest} has no volume`)
      return volumeAt(volume, path, true)
    }),
  ]
}

/** Returns the command with what is copied into the home, and the links there, in front of it. */
export function commandWith({ home, bundles, links = [] }: MountedFiles, command: readonly string[]): string[] {
  const base = home?.path ?? '.'
  const copied = bundles.filter(({ into }) => into === 'home')
  return copyLine(
    copied.map(({ path }): Copy => ({ from: path, to: base })),
    linkLine(links, command, { base }),
  )
}

function assertPlain(path: string): void {
  if (/^(\/(?!\.{1,2}(\/|$))[^/\0]+)+$/.test(path)) return
  throw misplaced(`${path} is no absolute folder without . and ..`)
}

function isInside(path: string, around: string): boolean {
  return path === around || path.startsWith(`${around}/`)
}

function misplaced(detail: string): SpawnError {
  return new SpawnError('The files of this course have no place in its notebooks.', { detail, lasts: true })
}
