/** Reads what a repository says of its course. */

import type { BroughtTrack } from '../../courses/content/brought.ts'
import type { Git, GitFile, GitSource } from '../../git/git.ts'
import type { ContentProblem, ContentSettingsOfRepository } from '../db/content/brought.ts'
import type { IndexedNotebook } from '../db/content/notebooks.ts'
import type { CourseWithContent } from './courses.ts'

export interface ReadingSettings {
  git: Git
  source: GitSource
  files: readonly GitFile[]
  course: CourseWithContent
  notebooks: readonly IndexedNotebook[]
}

export interface CommitSettings {
  settings: Omit<ContentSettingsOfRepository, 'folders'>
  tracks: BroughtTrack[]
  problems: ContentProblem[]
}

export async function settingsOfCommit(_reading: ReadingSettings): Promise<CommitSettings> {
  return { settings: { notebookAt: undefined, staticMappings: [] }, tracks: [], problems: [] }
}
