/** Homes as named volumes, or as volumes that show a folder of an operator's. */
import { randomBytes } from 'node:crypto'
import type { VolumeInspectInfo } from 'dockerode'
import type { HomeSpec, Homes } from '../../files.ts'
import type { Installation } from '../../spawner.ts'
import type { PartSpec } from '../container.ts'
import { listLabelled, removeOne } from '../containers.ts'
import type { DockerContext } from '../context.ts'
import { type Engine, EngineError, type RequestTimes } from '../engine.ts'
import { explained } from '../explain.ts'
import { homeLabels, homeName, installationLabels, isOurs, isPart, label, labelFilters, ownLabel } from '../labels.ts'
import type { DockerOptions } from '../options.ts'
import { folderOfHome } from './folders.ts'
import { baseAt, folderOfVolume } from './home-folder.ts'
import { volumeAt } from './mounts.ts'
import { type PartEnd, runPart } from './parts.ts'
import { createVolume, inspectVolume, listVolumes, removeVolume, type VolumeSpec } from './volumes.ts'

export function volumeHomes(docker: DockerContext): Homes {
  const { engine, installation, options } = docker
  return {
    make: (home, { signal }) => explained(signal, () => make(docker, home, { signal })),

    async list() {
      const found = await listVolumes(engine, { label: labelFilters(installation, label.home) })
      return found.flatMap(({ Name, Labels }) => {
        const { [label.home]: id, [label.account]: account, [label.course]: course } = Labels
        if (id === undefined || account === undefined || course === undefined || Name !== homeName(id)) return []
        return [{ id, account, course, name: Name, state: { volume: Name } }]
      })
    },

    async measure(id, _state, { signal }) {
      const volume = await ourVolume(docker, id, { signal })
      if (volume === undefined) return undefined
      const kilobytes = await kilobytesIn(docker, id, volume, { signal })
      const limit = Number(volume.Labels[label.size])
      const isLimited = enforcesSize(options) && limit > 0
      return { bytes: kilobytes * 1024, ...(isLimited && { limit }) }
    },

    async remove(id) {
      const volume = await ourVolume(docker, id, {})
      if (volume === undefined) return
      // What an earlier look or removal has left when its hub was killed.
      const parts = await listLabelled(engine, labelFilters(installation, label.part, `${label.home}=${id}`))
      for (const { Id, Labels } of parts) {
        const owned = ownLabel(Labels, 'server') ?? ownLabel(Labels, 'errand')
        if (isPart(Labels) && owned === undefined) await removeOne(engine, Id, 0, {})
      }
      const users = await containersWith(docker, volume.Name)
      if (users.length > 0) throw new Error(`the home ${volume.Name} is in use by ${users.join(', ')}`)
      const folder = folderOfVolume(docker, volume)
      if (folder !== undefined) {
        const part = {
          part: 'remove',
          script: 'rm -rf -- "$1"',
          args: [`/carrel/base/${folder.below}`],
          mounts: [baseAt(folder, '/carrel/base')],
          capabilities: ['DAC_OVERRIDE', 'FOWNER'],
        }
        const { code, lines } = await runTool(docker, id, part, {})
        if (code !== 0) throw new Error(`the folder ${folder.path} was not removed: ${lines.join(' ')}`)
      }
      if (!(await removeVolume(engine, volume.Name))) throw new Error(`the home ${volume.Name} is in use`)
    },
  }
}

async function make(docker: DockerContext, home: HomeSpec, times: RequestTimes): Promise<{ volume: string }> {
  const { engine, installation, options } = docker
  const spec = homeVolume(options, installation, home)
  const { Name } = spec
  if ((await inspectVolume(engine, Name, times)) === undefined) {
    await assertFolderFree(docker, spec, times)
    await createVolume(engine, spec, times)
  }
  const found = await inspectVolume(engine, Name, times)
  const differs = [label.installation, label.installationId, label.home, label.account, label.course].find(
    (key) => found?.Labels?.[key] !== spec.Labels[key],
  )
  if (differs !== undefined) throw new Error(`the volume ${Name} carries another ${differs}`)
  return { volume: Name }
}

/** Returns the volume of a home. Pure. */
export function homeVolume(options: DockerOptions, installation: Installation, home: HomeSpec): VolumeSpec {
  const { homes } = options
  const common = { Name: homeName(home.id), Labels: homeLabels(installation, home) }
  if (homes?.folder !== undefined) {
    const { path } = folderOfHome(homes.folder, home)
    return { ...common, Driver: 'local', DriverOpts: { type: 'none', o: 'bind', device: path } }
  }
  const values: Record<string, string> = { size: home.size === undefined ? '' : String(home.size), id: home.id }
  const given = Object.entries(homes?.options ?? {}).flatMap(([key, text]): [string, string][] => {
    // An option that needs a size is left out where a course has none.
    if (home.size === undefined && text.includes('{size}')) return []
    return [[key, text.replaceAll(/\{(size|id)\}/g, (_all, name: string) => values[name] ?? '')]]
  })
  return { ...common, Driver: homes?.driver ?? 'local', DriverOpts: Object.fromEntries(given) }
}

/** Says whether the driver of homes is told their size. Pure. */
export function enforcesSize({ homes }: Pick<DockerOptions, 'homes'>): boolean {
  return Object.values(homes?.options ?? {}).some((text) => text.includes('{size}'))
}

/** Rejects when the engine has no volume driver of the option's name; the message names the remedy. */
export async function assertDriver(engine: Engine, { homes }: Pick<DockerOptions, 'homes'>): Promise<void> {
  if (homes?.driver === undefined) return
  const { driver } = homes
  const info = await engine.request('tell its volume drivers', () => engine.docker.info())
  const drivers: string[] = info.Plugins?.Volume ?? []
  // A plug-in is known by its name with a tag.
  if (drivers.some((known) => known === driver || known === `${driver}:latest`)) return
  throw new Error(
    `Docker has no volume driver ${driver}, only ${drivers.join(', ')}. Install it: docker plugin install ${driver}`,
  )
}

async function ourVolume(
  { engine, installation }: DockerContext,
  id: string,
  times: RequestTimes,
): Promise<VolumeInspectInfo | undefined> {
  const found = await inspectVolume(engine, homeName(id), times)
  if (found === undefined) return
  if (isOurs(found.Labels, installation) && found.Labels[label.home] === id) return found
  throw new Error(`the volume ${found.Name} does not carry the labels of this installation`)
}

/** Rejects when another home has the folder: by its labels no other may, but the template may have been another. */
async function assertFolderFree({ engine }: DockerContext, spec: VolumeSpec, times: RequestTimes): Promise<void> {
  const { device } = spec.DriverOpts
  if (spec.DriverOpts.o !== 'bind' || device === undefined) return
  const all = await listVolumes(engine, { label: [label.home] }, times)
  const other = all.find(({ Name, Options }) => Name !== spec.Name && Options?.device === device)
  if (other !== undefined) throw new Error(`the folder ${device} belongs to ${other.Name}`)
}

async function containersWith({ engine }: DockerContext, volume: string): Promise<string[]> {
  const filters = { volume: [volume] }
  const found = await engine.request('list containers', (to) =>
    engine.docker.listContainers({ all: true, filters, ...to }),
  )
  return found.map(({ Names, Id }) => Names[0] ?? Id)
}

async function kilobytesIn(
  docker: DockerContext,
  id: string,
  volume: VolumeInspectInfo,
  times: RequestTimes,
): Promise<number> {
  const folder = folderOfVolume(docker, volume)
  const spec = {
    part: `measure-${randomBytes(4).toString('hex')}`,
    // A folder of an operator's is made by the first start.
    script: 'if [ -d "$1" ]; then du -s -k "$1"; else echo "0 none"; fi',
    args: [folder === undefined ? '/carrel/home' : `/carrel/base/${folder.below}`],
    mounts: [
      folder === undefined
        ? volumeAt(homeName(id), '/carrel/home', true)
        : { ...baseAt(folder, '/carrel/base'), ReadOnly: true },
    ],
    capabilities: ['DAC_READ_SEARCH'],
  }
  const { code, lines } = await runTool(docker, id, spec, times)
  const kilobytes = lines.map((line) => /^(\d+)\s/.exec(line)?.[1]).find((found) => found !== undefined)
  if (kilobytes === undefined) throw new Error(`du in ${homeName(id)} ended with ${code}: ${lines.join(' ')}`)
  return Number(kilobytes)
}

/**
 * Runs a program as root beside a home, with one of the images that the engine has: no image is named where a home is
 * measured or removed. Those of servers and errands with homes are tried first.
 */
async function runTool(
  docker: DockerContext,
  home: string,
  spec: Omit<PartSpec, 'image' | 'entrypoint' | 'command' | 'user'> & { script: string; args: string[] },
  times: RequestTimes,
): Promise<PartEnd> {
  const { script, args, ...part } = spec
  const owner = { name: homeName(home), labels: { ...installationLabels(docker.installation), [label.home]: home } }
  const program = { entrypoint: ['sh', '-c', script, 'carrel'], command: args, user: '0:0' }
  const refusals: string[] = []
  for (const image of await imagesAtHand(docker, times)) {
    try {
      const end = await runPart(docker, owner, { ...part, ...program, image }, times)
      // The code of a shell that does not find the program.
      if (end.code !== 127) return end
      refusals.push(end.lines.join(' '))
    } catch (error) {
      if (!(error instanceof EngineError) || !/no such image|not found|no such file/i.test(error.message)) throw error
      refusals.push(error.message)
    }
  }
  throw new Error(`no image at this engine can do it (${script}): ${refusals.join('; ') || 'there is none'}`)
}

async function imagesAtHand(docker: DockerContext, times: RequestTimes): Promise<string[]> {
  const { engine, memory, installation } = docker
  const containers = await listLabelled(engine, labelFilters(installation), times)
  const all = await engine.request('list images', () => engine.docker.listImages(), times)
  const ids = all.sort((a, b) => b.Created - a.Created).map(({ Id }) => Id)
  const used = [...memory.images, ...containers.map(({ ImageID }) => ImageID)]
  return [...new Set([...used, ...ids])].slice(0, 10)
}
