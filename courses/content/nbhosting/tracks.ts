/** Finds the notebooks of tracks in the index of a commit. Pure. */
import type { BroughtTrack } from '../brought.ts'
import type { FileProblem } from './file-problem.ts'
import { matchGlob, type Work } from './glob.ts'
import { folderOf, type NotebookIndex, notebookIndex } from './notebook-index.ts'

/** A track as a file says it: each section names its notebooks by paths and patterns. */
export interface TrackPattern {
  id: string
  name: string
  description: string
  /** The file that says it. */
  file: string
  sections: { name: string; notebooks: string[] }[]
}

export interface ResolvedTracks {
  /** One at least, but for a course without notebooks. */
  tracks: BroughtTrack[]
  problems: FileProblem[]
}

/** What the patterns of a course may cost together: a moment. */
const mostWork = 10_000_000

/** Notebooks in all sections of all tracks. One may stand in several. */
const mostEntries = 20_000

const mostProblems = 30

/**
 * Returns the tracks with their notebooks: what each pattern finds, sorted, one pattern behind the other. Sections and tracks
 * without notebooks are left out. A course without tracks gets one of all its notebooks, with a section for each folder.
 */
export function resolveTracks(
  { tracks: patterns }: { tracks: readonly TrackPattern[] },
  notebooks: readonly { path: string }[],
): ResolvedTracks {
  const index = notebookIndex(notebooks)
  const work = { left: mostWork, entries: mostEntries }
  const problems: FileProblem[] = []
  const tracks = patterns.flatMap((pattern) => {
    const sections = pattern.sections.flatMap(({ name, notebooks: globs }) => {
      const found = globs.flatMap((glob) => foundBy(glob, { name, pattern, index, work, problems }))
      return found.length === 0 ? [] : [{ name, notebooks: found }]
    })
    const { id, name, description } = pattern
    return sections.length === 0 ? [] : [{ id, name, description, sections }]
  })
  const more = problems.length - mostProblems
  return {
    tracks: tracks.length === 0 ? genericTracks(index) : tracks,
    problems:
      more > 0 ? [...problems.slice(0, mostProblems), moreProblems(more, problems[0] as FileProblem)] : problems,
  }
}

interface Place {
  name: string
  pattern: TrackPattern
  index: NotebookIndex
  work: Work & { entries: number }
  problems: FileProblem[]
}

function foundBy(glob: string, { name, pattern, index, work, problems }: Place): readonly string[] {
  if (work.left < 0 || work.entries < 0) return []
  const where = `of the section “${name}” in the track “${pattern.name}”`
  const found = matchGlob(glob, index, work) ?? []
  const tell = (message: string) => problems.push({ file: pattern.file, message, kind: 'problem' })
  work.entries -= found.length
  if (work.left < 0 || work.entries < 0) {
    tell(
      `the tracks name too much from \`${glob}\` ${where} on, and the rest is left out: write fewer patterns, with fewer \`*\``,
    )
    return []
  }
  if (found.length === 0) tell(`\`${glob}\` ${where} is the path of no notebook: correct it, or take it out`)
  return found
}

function moreProblems(count: number, { file }: FileProblem): FileProblem {
  return { file, message: `there are ${count} more patterns that find nothing`, kind: 'problem' }
}

function genericTracks(index: NotebookIndex): BroughtTrack[] {
  const byFolder = Map.groupBy(index.paths, folderOf)
  const sections = [...byFolder].map(([folder, notebooks]) => ({ name: folder === '' ? '.' : folder, notebooks }))
  if (sections.length === 0) return []
  return [{ id: 'generic', name: 'generic', description: 'All notebooks of the course, by folder', sections }]
}
