/** What the hub knows of the content of a course: of the last commit that was brought here whole. */

/** An order in which learners may take the notebooks of a course. */
export interface BroughtTrack {
  id: string
  name: string
  description: string
  /** Each has a notebook at least, by its path in the repository. */
  sections: { name: string; notebooks: string[] }[]
}

export interface BroughtBundle {
  /** The first part of the paths of its files. */
  top: string
  digest: string
  bytes: number
}

export interface Brought {
  /** The whole hash. */
  commit: string
  /** When it was committed, in milliseconds since 1970, as its committer says. */
  at: number
  /** The first line of its message. */
  subject: string
  /** Where notebooks open inside servers, with `{notebook}` in the place of the path. */
  notebookAt: string | undefined
  tracks: BroughtTrack[]
  staticMappings: { link: string; to: string }[]
  bundles: BroughtBundle[]
}
