/**
 * Learns which static files a program asks for when it opens, so that a page that waits for a server of the image can bring them
 * before (docs/decisions/0080-static-files-before-the-server.md). All of it is in memory, and lost at the proxy's end.
 */

export interface AskedFile {
  /** The owner of the run. Of each user one opening counts, the latest, so that no one has more say by opening often. */
  user: string
  run: string
  path: string
  /** What a browser takes over the line for it. */
  bytes: number
}

export interface FirstFiles {
  /** Takes over that a browser at a run has asked for a file. `at` is the time in milliseconds, on any clock. */
  asked(digest: string, file: AskedFile, at: number): void
  /** Returns the files for which most openings of an image have asked, in the order of the latest one, up to a number of bytes. */
  of(digest: string): string[]
}

/** How long after its first file a run's files count: what its user does later is no opening. */
const openingMilliseconds = 20_000

/** An opening with fewer files has most of them in its browser's cache, and tells nothing. JupyterLab has 75 of them. */
const leastFiles = 20

/** How much is kept: of the images that were opened last, the openings of the last users. JupyterLab takes 1.2 MB of `bytes`. */
const most = { images: 20, openings: 6, files: 200, bytes: 4 * 2 ** 20 }

/** The lengths of files by their paths. */
type Files = Map<string, number>

interface Opening {
  run: string
  since: number
  files: Files
  /** The files of the user's opening before, which count until the new ones tell something. */
  before: Files
}

export function learnFirstFiles(): FirstFiles {
  /** The openings of each image by their users. What was opened last stands at the end, here and there. */
  const images = new Map<string, Map<string, Opening>>()
  return {
    asked(digest, { user, run, path, bytes }, at) {
      const openings = images.get(digest) ?? new Map<string, Opening>()
      let opening = openings.get(user)
      if (opening?.run !== run) {
        opening = { run, since: at, files: new Map(), before: opening === undefined ? new Map() : tellingOf(opening) }
        openings.delete(user)
        openings.set(user, opening)
        dropOne(openings)
        images.delete(digest)
        images.set(digest, openings)
        for (const old of [...images.keys()].slice(0, -most.images)) images.delete(old)
      }
      if (at - opening.since <= openingMilliseconds && opening.files.size < most.files) opening.files.set(path, bytes)
    },

    of(digest) {
      const openings = [...(images.get(digest)?.values() ?? [])].map(tellingOf).filter(isTelling).reverse()
      const isUsual = (path: string) => openings.filter((files) => files.has(path)).length * 2 > openings.length
      const usual = new Map(openings.flatMap((files) => [...files].filter(([path]) => isUsual(path))))
      let bytes = 0
      return [...usual].flatMap(([path, length]) => {
        if (bytes + length > most.bytes) return []
        bytes += length
        return [path]
      })
    },
  }
}

function isTelling(files: Files): boolean {
  return files.size >= leastFiles
}

function tellingOf({ files, before }: Opening): Files {
  return isTelling(files) ? files : before
}

/** Drops one opening of too many: one that tells nothing if there is any but the newest, which may still go on. */
function dropOne(openings: Map<string, Opening>): void {
  if (openings.size <= most.openings) return
  const older = [...openings].slice(0, -1)
  const [user] = older.find(([, opening]) => !isTelling(tellingOf(opening))) ?? older[0] ?? []
  if (user !== undefined) openings.delete(user)
}
