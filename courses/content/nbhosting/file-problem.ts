/** What staff are told of a file of a repository. */
export interface FileProblem {
  /** The file's path in the repository, or `content.nbhosting` for the layer of the course's own definition. */
  file: string
  /** Counted from 1. */
  line?: number
  column?: number
  /** What is wrong and what to do, in words for people who look after the course. */
  message: string
  /** A note says what has no effect; a problem is something that the file wants and does not get. */
  kind: 'problem' | 'note'
}
