/**
 * What the hub asks of git: commits, their files, and archives of them, from repositories that the hub need not trust.
 *
 * The system's git does the work. Nothing of a repository runs: no hook, no filter, no program that its settings name. It
 * asks no questions, and reaches only addresses that the rules allow.
 *
 * Submodules are part of a commit: their files stand in lists and archives at their paths, as if they were files of the commit.
 * So are files of Git LFS, with their own sizes and contents.
 */
import type { Readable } from 'node:stream'

/** A repository as an operator or staff name it. */
export interface GitSource {
  /** `https://host/path`, `ssh://git@host/path` or `git@host:path`; `http:` only for hosts that the rules name. */
  url: string
  /** A branch, a tag, or a whole commit. Default: what the repository's HEAD names. */
  ref?: string | undefined
  /**
   * What opens a private repository. It goes to the host of `url` (protocol and port included) and to no other. A submodule of
   * that host, and Git LFS there, are asked with it too: people who write to the repository can have other repositories that it
   * opens, where they know the whole hash of a commit.
   */
  credentials?: GitCredentials | undefined
}

export type GitCredentials = { token: string; user?: string } | { key: string; knownHosts: string }

/** What git may do here. */
export interface GitRules {
  /**
   * Hosts, addresses and networks that may be reached though they are not public, such as `git.example.edu` or `10.4.0.0/16`.
   * Default: none.
   */
  hosts: readonly string[]
  /** The most that the objects of a commit, and its files, may take, those of submodules and of Git LFS included. */
  maxBytes: number
  /** The most files of one commit, those of submodules included. */
  maxFiles: number
  /** The longest time of one question or fetch. All submodules and files of Git LFS have as long again. */
  seconds: number
}

/** A commit that is here. */
export interface GitCommit {
  /** The whole hash. */
  commit: string
  /** Milliseconds since 1970, as its committer says. */
  at: number
  /** The first line of its message, without control characters, at most 200 characters. */
  subject: string
  /**
   * What it lacks here, and what would be needed to have it. The rest of the commit is whole. At most 100 are told, and the report of
   * the fetch says how many there are. A fetch of the same commit tries again what may be had by now.
   */
  left: GitLeft[]
}

/** A part of a commit that could not be had: a submodule, or the content of a file of Git LFS, in whose place its pointer stands. */
export interface GitLeft {
  path: string
  /** Why, in words for staff, with a remedy. */
  problem: string
}

/** A file of a commit, or of a submodule in it. Links are told as such; folders are not files. */
export interface GitFile {
  path: string
  /** The hash of its content, by which it is read. */
  blob: string
  bytes: number
  kind: 'file' | 'program' | 'link'
  /** Only of a pointer of Git LFS whose file could not be had: the hash (SHA-256) and the size of that file. */
  pointer?: { oid: string; bytes: number } | undefined
}

/** The repositories that this hub keeps as bare mirrors in a folder. A mirror is a cache: all of it can be fetched again. */
export interface Git {
  /** Asks the repository for the commit that the ref names now. Fetches nothing. */
  resolve(source: GitSource, options: { signal: AbortSignal }): Promise<string>
  /**
   * Fetches what the ref names now, or the whole commit where `commit` says it, and returns it. A commit that is here already is
   * not fetched again. Forced pushes are followed.
   */
  fetch(
    source: GitSource,
    options: { commit?: string | undefined; signal: AbortSignal; report?(line: string): void },
  ): Promise<GitCommit>
  /** Returns the files of a commit that is here, in the order of their paths. */
  list(source: GitSource, commit: string): Promise<GitFile[]>
  /** Returns the content of a file by its hash. Rejects above `maxBytes`, where that is given. */
  read(source: GitSource, blob: string, options?: { maxBytes?: number }): Promise<Buffer>
  /** Returns the files of a commit as a tar stream, those below `folder` where it is given, with paths relative to it. */
  archive(source: GitSource, commit: string, options?: { folder?: string }): Readable
  /** Removes the mirrors of all repositories but these. */
  keep(sources: readonly GitSource[]): Promise<void>
  close(): Promise<void>
}

/** An error of git, in words for staff, with a remedy. Recognized by `name`. */
export class GitError extends Error {
  override name = 'GitError'
  /** What git said, without credentials, for staff. */
  detail: string | undefined
  /** Whether another try may succeed without a change: the host did not answer, or time ran out. */
  passes: boolean
  constructor(message: string, options: { detail?: string; passes?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.detail = options.detail
    this.passes = options.passes ?? false
  }
}
