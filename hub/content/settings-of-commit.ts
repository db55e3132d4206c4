/** Reads what a repository says of its course. */
import type { BroughtTrack } from '../../courses/content/brought.ts'
import { readRepository, repositoryFiles } from '../../courses/content/repository/read-repository.ts'
import type { Git, GitFile, GitSource } from '../../git/git.ts'
import { kept } from '../../words/kept.ts'
import type { ContentProblem, ContentSettingsOfRepository } from '../db/content/brought.ts'
import type { IndexedNotebook } from '../db/content/notebooks.ts'
import type { CourseWithContent } from './courses.ts'
import type { ContentReader } from './reader.ts'

export interface ReadingSettings {
  git: Git
  source: GitSource
  files: readonly GitFile[]
  course: CourseWithContent
  notebooks: readonly IndexedNotebook[]
  reader: ContentReader
}

export interface CommitSettings {
  settings: Omit<ContentSettingsOfRepository, 'folders'>
  tracks: BroughtTrack[]
  problems: ContentProblem[]
}

/** Longer ones are refused by their reader, in words. */
const mostBytes = 2 ** 20

export async function settingsOfCommit({
  git,
  source,
  files,
  course,
  notebooks,
  reader,
}: ReadingSettings): Promise<CommitSettings> {
  const texts: { path: string; text: string }[] = []
  const problems: ContentProblem[] = []
  for (const file of files.filter(({ path }) => repositoryFiles.includes(path))) {
    const text = await textOf(git, source, file)
    if (text === undefined) problems.push({ file: file.path, message: unread, kind: 'problem' })
    else texts.push({ path: file.path, text })
  }
  const said = readRepository(texts, course.content.nbhosting)
  const resolved = await reader.tracks({ tracks: said.tracks, notebooks })
  const { notebookAt, staticMappings } = said
  return {
    settings: { notebookAt, staticMappings, course: said.course },
    tracks: resolved.tracks,
    problems: [
      ...problems,
      ...said.problems,
      ...resolved.problems,
      ...(course.content.copies === 'lazy' ? underLinks(staticMappings, notebooks) : []),
    ],
  }
}

/** Tells of notebooks of which learners can have no copies, since a link to a folder of the course is in their place. */
function underLinks(mappings: readonly { link: string }[], notebooks: readonly IndexedNotebook[]): ContentProblem[] {
  const folders = new Set(notebooks.map(({ path }) => path.slice(0, path.lastIndexOf('/') + 1)))
  return mappings.flatMap(({ link }) => {
    const places = [...folders].map((folder) => `${folder}${link}/`)
    const under = notebooks.find(({ path }) => places.some((place) => path.startsWith(place)))
    if (under === undefined) return []
    const message = kept`opens for reading only, and learners get no copy of it: in its place is the link ${link} of the static mappings. Move it to another folder, or give the mapping another name`
    return [{ file: under.path, message, kind: 'problem' }]
  })
}

const unread = kept`is not read: it must be a file of text in UTF-8, neither a link nor kept by Git LFS, and up to 64 KiB long`

async function textOf(git: Git, source: GitSource, file: GitFile): Promise<string | undefined> {
  if (file.kind === 'link' || file.pointer !== undefined || file.bytes > mostBytes) return undefined
  const bytes = await git.read(source, file.blob, { maxBytes: mostBytes })
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
