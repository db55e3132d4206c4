/** The notebooks of a commit by their paths, in the order in which nbhosting has them. Pure. */

export interface NotebookIndex {
  /** Sorted name by name, so that a folder's notebooks stand together. */
  readonly paths: readonly string[]
  has(path: string): boolean
  inFolder(folder: string): readonly string[]
}

/** Returns the index of the notebooks, without the copies that Jupyter keeps beside them. */
export function notebookIndex(notebooks: readonly { path: string }[]): NotebookIndex {
  const paths = [...new Set(notebooks.map(({ path }) => path))]
    .filter((path) => !segmentsOf(path).includes('.ipynb_checkpoints'))
    .sort(comparePaths)
  const all = new Set(paths)
  const folders = new Map<string, string[]>()
  for (const path of paths) {
    const known = folders.get(folderOf(path))
    if (known === undefined) folders.set(folderOf(path), [path])
    else known.push(path)
  }
  return { paths, has: (path) => all.has(path), inFolder: (folder) => folders.get(folder) ?? [] }
}

export function segmentsOf(path: string): string[] {
  return path.split('/')
}

/** Returns the folder of a path; '' for one at the top. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

/** Compares paths name by name: `week1/a.md` stands before `week1-b.md`. */
export function comparePaths(a: string, b: string): number {
  const [first, second] = [segmentsOf(a), segmentsOf(b)]
  const differing = first.findIndex((name, index) => name !== second[index])
  if (differing === -1) return first.length - second.length
  const [one, other] = [first[differing] as string, second[differing]]
  return other === undefined || one > other ? 1 : -1
}
