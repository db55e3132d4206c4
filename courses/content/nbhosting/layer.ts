/** Reads one `nbhosting.yaml`. Pure. */
import { readYaml } from '../../../net/settings/yaml.ts'
import type { FileProblem } from './file-problem.ts'
import { type NbhostingFile, nbhostingSchema } from './nbhosting-file.ts'
import { type PlacedFile, type Salvaged, salvage } from './salvage.ts'

/** The words for what the layer of a course's own definition says. */
export const definitionLayer = 'content.nbhosting'

/** Returns what counts of the file, and what is to be told of it. What the author wrote as a number or a date is a text here. */
export function readLayer(file: string, text: string): Salvaged<NbhostingFile> {
  const { value, problems, placeOf } = readYaml(text, { scalars: 'text' })
  const source = { file, placeOf }
  const told = problems.map((problem): FileProblem => ({ file, ...problem, kind: 'problem' }))
  if (value === undefined) return { said: undefined, problems: told }
  // An empty file says nothing, and nothing is wrong with that.
  const read = salvage(nbhostingSchema, value ?? {}, source, (key, hint) => ({
    message: `\`${key.slice(0, 60)}\` ${hint}`,
    kind: 'note',
  }))
  return { ...read, problems: [...told, ...read.problems, ...nameless(value, source), ...unused(value, source)] }
}

/** nbhosting calls what has no name by the word for it, and so do filters and links that are in use. */
function nameless(value: unknown, { file, placeOf }: PlacedFile): FileProblem[] {
  const { tracks } = isRecord(value) ? value : {}
  if (!Array.isArray(tracks)) return []
  return tracks.flatMap((track: unknown, index) => {
    const missing = isRecord(track) ? ['id', 'name', 'description'].filter((key) => !isSaid(track[key])) : []
    if (missing.length === 0) return []
    const message = `this track has no ${missing.map((key) => `\`${key}\``).join(', ')}, and is called by the word itself, as at nbhosting: say it`
    return [{ file, ...placeOf(['tracks', index]), message, kind: 'note' as const }]
  })
}

function unused(value: unknown, { file, placeOf }: PlacedFile): FileProblem[] {
  const keys = ['builds', 'builds-filter'].filter((key) => isRecord(value) && isSaid(value[key]))
  return keys.map((key) => ({
    file,
    ...placeOf([key]),
    message: `\`${key}\` has no effect: Carrel makes no pages of a repository yet. It can stay for nbhosting`,
    kind: 'note',
  }))
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
