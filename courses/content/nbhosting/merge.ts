/** Merges the layers of `nbhosting.yaml` as nbhosting does. Pure. */
import type { FileProblem } from './file-problem.ts'
import type { NbhostingFile } from './nbhosting-file.ts'
import type { TrackPattern } from './tracks.ts'

export interface NbhostingLayer {
  file: string
  said: NbhostingFile
}

/** What each folder that has notebooks finds under a name. */
export interface StaticMapping {
  link: string
  /** A folder or file of the repository, by its path from the top. */
  to: string
  /** The file that says it; undefined for those of nbhosting, which need not be there. */
  file?: string
}

export interface MergedLayers {
  /** Where notebooks open; undefined when no layer says it. */
  notebookAt: string | undefined
  tracks: TrackPattern[]
  staticMappings: StaticMapping[]
  problems: FileProblem[]
}

/** What nbhosting's documentation promises to a course that says no mappings. */
export const usualMappings: readonly StaticMapping[] = [
  { link: 'media', to: 'media' },
  { link: 'data', to: 'data' },
]

/**
 * Returns what the layers say together, the lowest first: `general` key by key, lists one behind the other, filters from the
 * highest that says one. Of two mappings with one name the later one counts, as links do that are made one after the other.
 */
export function mergeLayers(layers: readonly NbhostingLayer[]): MergedLayers {
  const formats = layers.flatMap(({ said }) => said.general?.['notebook-url-format'] ?? [])
  const all = layers.flatMap(tracksOf)
  const filtering = layers.findLast(({ said }) => said['tracks-filter'] !== undefined)
  const { tracks, problems } = filtered(all, filtering)
  const mappings = layers.flatMap(({ file, said }) =>
    (said['static-mappings'] ?? []).map(({ source, destination }) => ({ link: source, to: destination, file })),
  )
  const byLink = new Map(mappings.map((mapping) => [mapping.link, mapping]))
  const staticMappings = byLink.size === 0 ? [...usualMappings] : [...byLink.values()]
  return { notebookAt: formats.at(-1), tracks, staticMappings, problems: [...problems, ...twice(tracks)] }
}

function tracksOf({ file, said }: NbhostingLayer): TrackPattern[] {
  return (said.tracks ?? []).map(({ id, name, description, sections }) => ({
    id: idOf(id, name ?? 'name'),
    name: name ?? 'name',
    description: description ?? 'description',
    file,
    sections: sections.map((section) => ({ name: section.name ?? 'name', notebooks: section.notebooks })),
  }))
}

/** Returns the id of a track: the word itself where there is none, and made of the name where it is empty. */
function idOf(id: string | null | undefined, name: string): string {
  return id === '' ? name.replaceAll(' ', '-').replaceAll('&', 'and') : (id ?? 'id')
}

function filtered(
  tracks: TrackPattern[],
  filtering: NbhostingLayer | undefined,
): Pick<MergedLayers, 'tracks' | 'problems'> {
  const ids = filtering?.said['tracks-filter'] ?? []
  if (filtering === undefined || ids.length === 0) return { tracks, problems: [] }
  const kept = tracks.filter(({ id }) => ids.includes(id))
  if (kept.length > 0 || tracks.length === 0) return { tracks: kept, problems: [] }
  const known = [...new Set(tracks.map(({ id }) => `"${id}"`))].slice(0, 10).join(', ')
  const message = `\`tracks-filter\` names none of the tracks, so that the course has none of its own: name some of ${known}, or take it out`
  return { tracks: kept, problems: [{ file: filtering.file, message, kind: 'problem' }] }
}

function twice(tracks: readonly TrackPattern[]): FileProblem[] {
  const known = new Set<string>()
  return tracks.flatMap(({ id, file }) => {
    const isNew = !known.has(id)
    known.add(id)
    const message = `the id "${id}" is that of two tracks, and links lead to the first: give one another \`id\``
    return isNew ? [] : [{ file, message, kind: 'problem' as const }]
  })
}
