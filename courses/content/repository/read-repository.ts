/** Reads what the files of a repository say about its course, with the operator's layer over them. Pure. */
import type { RepositoryCourse } from '../brought.ts'
import type { FileProblem } from '../nbhosting/file-problem.ts'
import { definitionLayer, readLayer } from '../nbhosting/layer.ts'
import { mergeLayers, type NbhostingLayer, type StaticMapping } from '../nbhosting/merge.ts'
import type { NbhostingFile } from '../nbhosting/nbhosting-file.ts'
import { usualNotebookAt } from '../nbhosting/notebook-at.ts'
import type { TrackPattern } from '../nbhosting/tracks.ts'
import { type CarrelFile, carrelFile, readCarrelFile } from './carrel-file.ts'

/** What nbhosting reads, the lowest layer first. */
const nbhostingFiles = ['.nbhosting/nbhosting.yaml', 'nbhosting/nbhosting.yaml'] as const

/** The files of a commit that `readRepository` takes, where they are there. */
export const repositoryFiles: readonly string[] = [...nbhostingFiles, carrelFile]

export interface RepositorySettings {
  /**
   * Where notebooks open inside servers, for `placeOfNotebook`, unless the course's definition says `landing` or `fileAt`.
   * Undefined for a repository that says nothing of it and has no `nbhosting.yaml`.
   */
  notebookAt: string | undefined
  /** As they are written, for `resolveTracks`. */
  tracks: TrackPattern[]
  staticMappings: StaticMapping[]
  course: RepositoryCourse
  problems: FileProblem[]
}

/**
 * Returns what counts of the files of a commit, and what staff are to be told. `over` is the layer of the course's definition. Tracks and mappings of `carrel.yaml` stand in the place of
 * those of nbhosting's files; the layer of the definition comes over both. A file that cannot be read loses no other one.
 */
export function readRepository(
  files: readonly { path: string; text: string }[],
  over: NbhostingFile | undefined,
): RepositorySettings {
  const textOf = (path: string) => files.find((file) => file.path === path)?.text
  const read = nbhostingFiles.flatMap((file) => {
    const text = textOf(file)
    return text === undefined ? [] : [{ file, ...readLayer(file, text) }]
  })
  const carrelText = textOf(carrelFile)
  const carrel = carrelText === undefined ? undefined : readCarrelFile(carrelText)
  const own = read.flatMap(({ file, said }): NbhostingLayer[] => (said === undefined ? [] : [{ file, said }]))
  const merged = mergeLayers([
    ...own.map(({ file, said }) => ({ file, said: carrel === undefined ? said : withoutSaid(said, carrel) })),
    ...(carrel === undefined ? [] : [{ file: carrelFile, said: carrel.layer }]),
    ...(over === undefined ? [] : [{ file: definitionLayer, said: over }]),
  ])
  const usual = own.length > 0 && !saysPlace(carrel) ? usualNotebookAt : undefined
  return {
    notebookAt: merged.notebookAt ?? usual,
    tracks: merged.tracks,
    staticMappings: merged.staticMappings,
    course: carrel?.course ?? {},
    problems: [...read.flatMap(({ problems }) => problems), ...(carrel?.problems ?? []), ...merged.problems],
  }
}

/** Returns a layer of nbhosting without that for which `carrel.yaml` has words of its own. */
function withoutSaid(layer: NbhostingFile, carrel: CarrelFile): NbhostingFile {
  const { tracks, 'tracks-filter': filter, 'static-mappings': mappings, general, ...others } = layer
  return {
    ...others,
    ...(carrel.layer.tracks === undefined && { tracks, 'tracks-filter': filter }),
    ...(carrel.layer['static-mappings'] === undefined && { 'static-mappings': mappings }),
    ...(!saysPlace(carrel) && { general }),
  }
}

function saysPlace(carrel: CarrelFile | undefined): boolean {
  return carrel?.course.fileAt !== undefined || carrel?.course.landing !== undefined
}
