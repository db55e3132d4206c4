/** Which notebooks of a course a page lists. */
import type { BroughtTrack } from '../../../courses/content/brought.ts'
import type { IndexedNotebook } from '../../db/content/notebooks.ts'

export interface NotebooksAsked {
  /** A part of a title or a path. */
  q: string
  page: number
  /** The id of a track; '' for all notebooks in the order of their paths. */
  track: string
}

export interface ListedNotebook extends IndexedNotebook {
  /** The section of the track, or the folder. */
  section: string
}

export interface NotebookList {
  /** The notebooks that the page shows. */
  notebooks: ListedNotebook[]
  page: number
  pages: number
  /** How many there are on all pages. */
  count: number
  /** The track whose notebooks these are. */
  track: BroughtTrack | undefined
  tracks: readonly BroughtTrack[]
}

const perPage = 100

/** Returns the page that is asked for; the last one where there are fewer. An unknown track is all notebooks. Pure. */
export function listedNotebooks(
  index: readonly IndexedNotebook[],
  tracks: readonly BroughtTrack[],
  asked: NotebooksAsked,
): NotebookList {
  const track = tracks.find(({ id }) => id === asked.track)
  const all = track === undefined ? byFolder(index) : ofTrack(index, track)
  const wanted = asked.q.toLowerCase()
  const found = all.filter(({ title, path }) => `${title}\n${path}`.toLowerCase().includes(wanted))
  const pages = Math.max(1, Math.ceil(found.length / perPage))
  const page = Math.min(asked.page, pages)
  const notebooks = found.slice((page - 1) * perPage, page * perPage)
  return { notebooks, page, pages, count: found.length, track, tracks }
}

function ofTrack(index: readonly IndexedNotebook[], { sections }: BroughtTrack): ListedNotebook[] {
  const byPath = new Map(index.map((one) => [one.path, one]))
  return sections.flatMap(({ name, notebooks }) =>
    notebooks.flatMap((path) => {
      const found = byPath.get(path)
      return found === undefined ? [] : [{ ...found, section: name }]
    }),
  )
}

function byFolder(index: readonly IndexedNotebook[]): ListedNotebook[] {
  const all = index.map((one) => ({ ...one, section: one.path.slice(0, Math.max(0, one.path.lastIndexOf('/'))) }))
  return all.sort((a, b) => (a.section === b.section ? 0 : a.section < b.section ? -1 : 1))
}
