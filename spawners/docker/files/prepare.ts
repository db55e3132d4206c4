/** Makes home and bundles ready for a container that is made and not yet started. Each step may be done again. */

import type { MountedHome } from '../../files.ts'
import { copyLine } from '../../lines/copy-line.ts'
import { SpawnError } from '../../spawner.ts'
import type { DockerContext, ImageUser } from '../context.ts'
import { EngineError, type RequestTimes } from '../engine.ts'
import { homeName, isOurs, type Labels, label, type Owner } from '../labels.ts'
import { folderArchive, folderInside, putArchive } from './archive.ts'
import { forgetBundle, isComplete } from './bundles.ts'
import { makeHomeFolder } from './home-folder.ts'
import { userSettings } from './image-user.ts'
import { type MountedFiles, volumeAt } from './mounts.ts'
import { runPart, withHolder } from './parts.ts'
import { inspectVolume } from './volumes.ts'

/** The container, and what it is made of. */
export interface Prepared extends MountedFiles, Owner {
  /** The container's id. */
  id: string
  image: string
  env: Record<string, string>
  /** The user of the image; not needed without a home. */
  user: ImageUser | undefined
}

/** Where a part sees the home of its owner. */
const place = '/carrel/home'

/** Rejects when a home is not there: an engine would make an empty volume of its name. */
export async function assertHome(docker: DockerContext, { home }: MountedFiles, times: RequestTimes): Promise<void> {
  if (home === undefined) return
  const found = await inspectVolume(docker.engine, homeName(home.id), times)
  if (isOurs(found?.Labels, docker.installation) && found?.Labels[label.home] === home.id) return
  throw new SpawnError('The files of this notebook are not there.', {
    detail: found ? `the volume ${found.Name} has other labels` : `the volume ${homeName(home.id)} is gone`,
    lasts: true,
  })
}

/** From here on the container keeps its volumes from being removed, so what is seen now stays. */
export async function prepareFiles(docker: DockerContext, made: Prepared, times: RequestTimes): Promise<void> {
  const { home, user } = made
  if (home !== undefined && user !== undefined) {
    await assertHome(docker, made, times)
    const remembered = docker.memory.images.filter((image) => image !== made.image)
    docker.memory.images = [made.image, ...remembered].slice(0, 20)
    // First of all: the engine shows nothing of a container while the folder of a mount is missing.
    await giveToUser(docker, made, home, user, times)
  }
  for (const { digest, path } of made.bundles) {
    if (await isComplete(docker.engine, made.id, path, times)) continue
    forgetBundle(docker, digest)
    throw new SpawnError('Files of this course have been removed in the midst of this start.', {
      detail: `the volume of the bundle ${digest} is not whole`,
      otherSpec: true,
    })
  }
  if (home?.fromImage) await copyFromImage(docker, made, home, times)
}

/** Gives a home to the image's user: a fresh one by one archive, another one with all its files by a program. */
async function giveToUser(
  docker: DockerContext,
  made: Prepared,
  { id: home, path }: MountedHome,
  { uid, gid }: ImageUser,
  times: RequestTimes,
): Promise<void> {
  const { engine } = docker
  const seen = await homeFolderInside(docker, made, home, path, times)
  if (seen?.uid === uid) return
  const mounts = [volumeAt(homeName(home), place)]
  if (seen === undefined || seen.empty) {
    const spec = { part: 'holder', image: made.image, command: ['true'], mounts }
    await withPartHolder(docker, made, spec, times, async (id) =>
      // At the folder above: an archive laid into the home itself would leave the home's own owner.
      putArchive(engine, id, '/carrel', await folderArchive('home', { uid, gid, mode: 0o755 }), times),
    )
    return
  }
  const { code, lines } = await runPart(
    docker,
    made,
    {
      part: 'owner',
      image: made.image,
      entrypoint: ['sh', '-c', ownerScript, 'carrel', `${uid}:${gid}`],
      command: [place],
      user: '0:0',
      mounts,
      capabilities: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER'],
    },
    times,
  )
  const now = await folderInside(engine, made.id, path, times)
  if (now?.uid === uid) return
  throw new SpawnError('The files of this notebook could not be given to its user.', {
    detail: `chown in ${homeName(home)} ended with ${code}: ${lines.join('\n')}`,
  })
}

/** Changes the owner of all files, and of no file to which a link leads. The folder itself comes last: it says whether all is done. */
const ownerScript = `
for entry in "$2"/* "$2"/.[!.]* "$2"/..?*; do
  [ -e "$entry" ] || [ -L "$entry" ] || continue
  chown -R -h "$1" "$entry"
done
chown -h "$1" "$2"`

/** Returns the home's folder, which is made first where homes are folders of an operator's and it is not there yet. */
async function homeFolderInside(
  docker: DockerContext,
  made: Prepared,
  home: string,
  path: string,
  times: RequestTimes,
) {
  try {
    return await folderInside(docker.engine, made.id, path, times)
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    if (!(await makeHomeFolder(docker, made, home, times))) throw error
    return folderInside(docker.engine, made.id, path, times)
  }
}

/** Copies what the image has at the home's path. The image's own entry point is in front, so that its user copies. */
async function copyFromImage(
  docker: DockerContext,
  made: Prepared,
  { id: home, path }: MountedHome,
  times: RequestTimes,
): Promise<void> {
  const command = copyLine([{ from: path, to: place }], [])
  const mounts = [volumeAt(homeName(home), place)]
  // What cannot be copied stops no start: the learner's own files are there.
  await runPart(docker, made, { part: 'copy', image: made.image, command, env: userSettings(made.env), mounts }, times)
}

async function withPartHolder<T>(
  docker: DockerContext,
  owner: Owner,
  spec: Parameters<typeof withHolder>[3],
  times: RequestTimes,
  use: (id: string) => Promise<T>,
): Promise<T> {
  const name = `${owner.name}-${spec.part}-${crypto.randomUUID().slice(0, 8)}`
  return withHolder(docker, name, owner.labels, spec, times, use)
}

/** Returns the labels of a container's owner, as its parts carry them. */
export function ownerOf(name: string, labels: Labels): Owner {
  return { name, labels: Object.fromEntries(Object.entries(labels).filter(([key]) => key.startsWith('carrel.'))) }
}
