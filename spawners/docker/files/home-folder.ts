/** Makes the folders of homes that lie under an operator's template. */
import type { DockerContext } from '../context.ts'
import { type RequestTimes, refusedWith } from '../engine.ts'
import { homeName, label, type Owner } from '../labels.ts'
import { folderArchive, modeInside, putArchive } from './archive.ts'
import { baseOf, folderOfHome, type HomeFolder } from './folders.ts'
import { withHolder } from './parts.ts'
import { inspectVolume } from './volumes.ts'

/** Makes the folder of a home where it is not there, and says whether it made one. A folder that is there stays as it is. */
export async function makeHomeFolder(
  docker: DockerContext,
  owner: Owner & { image: string },
  home: string,
  times: RequestTimes,
): Promise<boolean> {
  const volume = await inspectVolume(docker.engine, homeName(home), times)
  const folder = folderOfVolume(docker, volume)
  if (folder === undefined) return false
  const name = `${owner.name}-folder-${crypto.randomUUID().slice(0, 8)}`
  const spec = { part: 'folder', image: owner.image, command: ['true'], mounts: [baseAt(folder, '/carrel/base')] }
  return withHolder(docker, name, owner.labels, spec, times, async (id) => {
    if (await isThere(docker, id, `/carrel/base/${folder.below}`, times)) return false
    // Folders in between are made by the engine where they are not there, and stay as they are elsewhere.
    const archive = await folderArchive(folder.below, { uid: 0, gid: 0, mode: 0o755 })
    await putArchive(docker.engine, id, '/carrel/base', archive, times)
    return true
  })
}

export function baseAt({ base }: HomeFolder, target: string) {
  return { Type: 'bind' as const, Source: base, Target: target }
}

/** Returns the folder that a home's volume shows; undefined for a volume without one. Pure. */
export function folderOfVolume(
  { options }: Pick<DockerContext, 'options'>,
  volume: { Options?: Record<string, string> | null; Labels: Record<string, string> } | undefined,
): HomeFolder | undefined {
  const device = volume?.Options?.o === 'bind' ? volume.Options.device : undefined
  if (volume === undefined || device === undefined) return
  if (options.homes?.folder !== undefined) {
    const { [label.home]: id = '', [label.account]: account = '', [label.course]: course = '' } = volume.Labels
    const folder = folderOfHome(options.homes.folder, { id, account, course })
    if (folder.path === device) return folder
  }
  // The template has changed since: what is kept is the folder itself.
  const cut = device.lastIndexOf('/')
  const [base, below] = [device.slice(0, cut), device.slice(cut + 1)]
  // A volume that was made by hand could name a folder around the homes of all.
  const isAround = options.homes?.folder !== undefined && `${baseOf(options.homes.folder)}/`.startsWith(`${device}/`)
  if (isAround || base === '' || !/^[^/]/.test(below) || /(^|\/)\.{1,2}(\/|$)/.test(device)) {
    throw new Error(`the volume of the home shows ${device}, which is no folder of one home`)
  }
  return { base, below, path: device }
}

async function isThere({ engine }: DockerContext, id: string, path: string, times: RequestTimes): Promise<boolean> {
  try {
    await modeInside(engine, id, path, times)
    return true
  } catch (error) {
    if (refusedWith(error, 404)) return false
    throw error
  }
}
