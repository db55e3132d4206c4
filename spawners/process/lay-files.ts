/** Brings the files that a server or errand finds when it starts: its home, bundles and workspace. */

import type { MountedBundle, MountedHome } from '../files.ts'
import { copyLine } from '../lines/copy-line.ts'
import type { StartContext } from '../spawner.ts'
import type { BundleFolders } from './bundles.ts'
import { courseFilesOf, isEmpty, requireHome, takeOver } from './homes.ts'
import { bringNewFiles, listOf, makeWorkspace, prepareWorkspace, requireCourse, workspaceOf } from './workspace.ts'

export interface FilePlace {
  dataDir: string
  bundles: BundleFolders
  warn(message: string): void
}

export interface Files {
  image: string
  home?: MountedHome | undefined
  bundles: readonly MountedBundle[]
}

/** Returns the folder in which a server starts, with its files. Bundles are brought before. */
export async function layServerFiles({ dataDir, warn }: FilePlace, server: string, files: Files): Promise<string> {
  if (files.home === undefined) return prepareWorkspace(dataDir, { server, image: files.image }, warn)
  const folder = await requireHome(dataDir, files.home)
  const workspace = workspaceOf(dataDir, server)
  if (!(await takeOver(dataDir, files.home.id, { workspace, list: listOf(dataDir, server) }))) {
    warn(`${workspace} has files of a learner whose home has files too: ${folder}. They stay where they are.`)
  }
  await bringImage(dataDir, files.image, files.home, warn)
  return folder
}

/** Returns the folder in which an errand starts: its home, or else `otherwise`. */
export async function layErrandFiles({ dataDir, warn }: FilePlace, otherwise: string, files: Files): Promise<string> {
  if (files.image !== '') await requireCourse(files.image)
  if (files.home === undefined) return otherwise
  const folder = await requireHome(dataDir, files.home)
  await bringImage(dataDir, files.image, files.home, warn)
  return folder
}

/** Brings the bundles, and returns the command that lays some of them into the folder in which the program starts. */
export async function layBundles(
  { bundles }: FilePlace,
  files: Files,
  command: string[],
  context: Pick<StartContext, 'signal' | 'bundle'>,
): Promise<string[]> {
  await bundles.provide(files.bundles, context)
  const copied = files.bundles.filter(({ into }) => into === 'home')
  return copyLine(
    copied.map(({ digest }) => ({ from: bundles.folderOf(digest), to: '.' })),
    command,
  )
}

async function bringImage(
  dataDir: string,
  image: string,
  home: MountedHome,
  warn: (message: string) => void,
): Promise<void> {
  if (!home.fromImage || image === '') return
  const files = courseFilesOf(dataDir, image, home.id)
  if (await isEmpty(dataDir, home.id)) await makeWorkspace(files)
  else await bringNewFiles(files, warn)
}
