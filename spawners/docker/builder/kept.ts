/** The images that were built at an engine and are still there. */
import type { KeptBuild } from '../../builder.ts'
import { refusedWith } from '../engine.ts'
import { label, labelFilters } from '../labels.ts'
import { builtHere } from './build.ts'
import { type BuildPlace, isBuild, referenceIn } from './place.ts'

export async function listBuilds(place: BuildPlace, signal: AbortSignal): Promise<KeptBuild[]> {
  const { engine, installation, prefix } = place
  const filters = { label: labelFilters(installation, label.build) }
  const found = await engine.request('list images', (to) => engine.docker.listImages({ filters, ...to }), { signal })
  return found.flatMap(({ RepoTags, Labels, Size, Created }) =>
    (RepoTags ?? [])
      .filter((reference) => reference.startsWith(prefix))
      .map((reference) => ({ name: reference.slice(prefix.length), bytes: Size, at: Created * 1000 }))
      .filter(({ name }) => isBuild(Labels, installation, name)),
  )
}

export async function removeBuild(place: BuildPlace, name: string, signal: AbortSignal): Promise<boolean> {
  const { engine } = place
  const reference = referenceIn(place, name)
  const id = await builtHere(place, name, signal)
  if (id === undefined) return true
  const filters = { ancestor: [id] }
  const using = await engine.request(
    'list containers',
    (to) => engine.docker.listContainers({ all: true, filters, ...to }),
    { signal },
  )
  if (using.length > 0) return false
  try {
    await engine.request(`remove the image ${reference}`, () => engine.docker.getImage(reference).remove(), { signal })
    return true
  } catch (error) {
    if (refusedWith(error, 404)) return true
    // A container has been made of it meanwhile.
    if (refusedWith(error, 409)) return false
    throw error
  }
}
