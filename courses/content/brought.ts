/** What the hub knows of the content of a course: of the last commit that was brought here whole. */

/** Settings of a course that its repository may decide. Those of the course's own definition count before them. */
export interface RepositoryCourse {
  title?: string | undefined
  contact?: string | undefined
  start?: string | undefined
  landing?: 'lab' | 'notebook' | undefined
  fileAt?: string | undefined
  linkable?: string[] | undefined
  startTimeoutSeconds?: number | undefined
  strip?: boolean | undefined
  trimMenus?: boolean | undefined
  readOnlyText?: boolean | undefined
}

/** An order in which learners may take the notebooks of a course. */
export interface BroughtTrack {
  id: string
  name: string
  description: string
  /** Each has a notebook at least, by its path in the repository. */
  sections: { name: string; notebooks: string[] }[]
}

export interface BroughtBundle {
  /** The first part of the paths of its files. '' for all files of the commit, of which learners get copies. */
  top: string
  digest: string
  /** Bytes of its files. */
  bytes: number
  /** Whether it is a single file of the repository's top. */
  isFile?: true
  /** What it was made of: a hash over the names and contents of the files in the commit. */
  of: string
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
  course: RepositoryCourse
  tracks: BroughtTrack[]
  /** In each folder with notebooks a link of this name leads to this path of the repository. */
  staticMappings: { link: string; to: string }[]
  /** The folders that have notebooks, '' for the repository's own. */
  folders: string[]
  bundles: BroughtBundle[]
}
