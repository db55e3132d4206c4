import type { Installation } from '../../../../spawners/spawner.ts'
import { docker, removeAll } from '../../../helpers/engines/docker.ts'

/** Returns the containers of the engine whose shell runs a command that begins so. */
export async function runningWith(text: string): Promise<string[]> {
  const all = await docker.listContainers({ all: true })
  return all.filter(({ Command }) => Command.includes(text.slice(0, 20))).map(({ Id }) => Id)
}

export async function imageIsHere(reference: string): Promise<boolean> {
  return docker
    .getImage(reference)
    .inspect()
    .then(
      () => true,
      () => false,
    )
}

/** Makes a container of an image, and returns what removes it. */
export async function useImage(Image: string): Promise<() => Promise<void>> {
  const container = await docker.createContainer({ Image, Cmd: ['true'] })
  return () => container.remove({ force: true })
}

/** Removes what was built for an installation, and its networks, through the engine itself. */
export async function forgetBuilds({ id }: Installation): Promise<void> {
  const label = [`carrel.installation-id=${id}`]
  const images = await docker.listImages({ filters: { label } })
  for (const { Id } of images) await docker.getImage(Id).remove({ force: true })
  await removeAll(label)
}

/** Returns what a program prints in a container. */
export async function outputIn(container: string, Cmd: string[]): Promise<string> {
  const exec = await docker.getContainer(container).exec({ Cmd, AttachStdout: true, AttachStderr: true, Tty: true })
  const output = await Array.fromAsync(await exec.start({ Tty: true }))
  return Buffer.concat(output as Buffer[])
    .toString()
    .replaceAll('\r\n', '\n')
}
