import { readRemote } from '../../git/remote-url.ts'
import type { GitKeyOwner } from '../db/repositories/git-keys.ts'

/** A repository that a course or an image names, and for which a key may be given. */
export interface KeyTarget {
  owner: GitKeyOwner
  /** The address as the course or the config says it now. */
  url: string
  /** The branch, tag or commit of it that is asked for. */
  ref?: string | undefined
  /** The slug of the course, for the history. */
  course?: string
}

export function courseOwner({ id }: { id: string }): GitKeyOwner {
  return `course:${id}`
}

export function imageOwner(name: string): GitKeyOwner {
  return `image:${name}`
}

/**
 * Returns the address of a repository in one spelling, by which a key knows its own. The host is part of it, and the path, so that one who may
 * change a course does not read other repositories of the person who has given the key. Throws a `GitError`.
 */
export function repositoryAt(url: string): string {
  return readRemote(url)
    .url.replace(/\/+$/, '')
    .replace(/\.git$/, '')
}
