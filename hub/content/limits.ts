/** The most that the hub takes of a repository beside what git allows, in words for staff where it is more. */

export const contentLimits = {
  notebooks: 5000,
  /** Files that may be notebooks, by their names. */
  candidates: 20_000,
  /** Of one notebook. */
  bytes: 10 * 2 ** 20,
  /** Of all notebooks together. */
  allBytes: 500 * 2 ** 20,
  /** Characters of a path, which pages and addresses have to take. */
  path: 500,
}

/** Thrown where a repository is more than the hub takes. Its earlier commit goes on to count. */
export class ContentError extends Error {
  override name = 'ContentError'
}

export function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MB`
}
