/**
 * Learns which static files a program asks for when it opens, so that a page that waits for a server of the image can bring them
 * before (docs/decisions/0080-static-files-before-the-server.md). All of it is in memory, and lost at the proxy's end.
 */

export interface FirstFiles {
  /** Takes over that a browser at a run has asked for a file. `at` is the time in milliseconds, on any clock. */
  asked(digest: string, run: string, path: string, at: number): void
  /** Returns the files for which most openings of an image have asked, in the order of the latest one. */
  of(digest: string): string[]
}

/** How long after its first file a run's files count: what its user does later is no opening. */
const openingMilliseconds = 20_000

/** An opening with fewer files has most of them in its browser's cache, and tells nothing. JupyterLab has 75 of them. */
const leastFiles = 20

/** How much is kept: of the images that were opened last, the last openings. */
const most = { images: 20, openings: 6, files: 200 }

interface Opening {
  run: string
  since: number
  files: Set<string>
}

export function learnFirstFiles(): FirstFiles {
  const images = new Map<string, Opening[]>()
  return {
    asked(digest, run, path, at) {
      const openings = images.get(digest) ?? []
      let opening = openings.find((one) => one.run === run)
      if (opening === undefined) {
        opening = { run, since: at, files: new Set() }
        openings.unshift(opening)
        dropOne(openings)
        // The image that was opened last stands at the end.
        images.delete(digest)
        images.set(digest, openings)
        for (const old of [...images.keys()].slice(0, -most.images)) images.delete(old)
      }
      if (at - opening.since <= openingMilliseconds && opening.files.size < most.files) opening.files.add(path)
    },

    of(digest) {
      const openings = (images.get(digest) ?? []).filter(({ files }) => files.size >= leastFiles)
      const isUsual = (path: string) => openings.filter(({ files }) => files.has(path)).length * 2 > openings.length
      return [...new Set(openings.flatMap(({ files }) => [...files]))].filter(isUsual)
    },
  }
}

/** Drops one opening of too many: one that tells nothing if there is any but the newest, which may still go on. */
function dropOne(openings: Opening[]): void {
  if (openings.length <= most.openings) return
  const empty = openings.findLastIndex(({ files }, at) => at > 0 && files.size < leastFiles)
  openings.splice(empty === -1 ? openings.length - 1 : empty, 1)
}
