/**
 * The third part of the contract of a spawner (`spawner.ts`): the images that servers start from, brought to the places
 * where they start before a learner comes. Every implementation passes `test/spawners/contract-images.ts`.
 *
 * A **place** is where an image must be for a server to start at once: an engine, or a node that may run the server.
 */

/** The images of a spawner's engine or cluster. No call removes an image. */
export interface Images {
  /**
   * Returns what each place has of these images, each in its turn. Asks no registry. Rejects when that cannot be known. Of an
   * image that no place has, or that has no proper name, `problem` says so.
   */
  find(images: readonly ImageUse[], options: { signal: AbortSignal }): Promise<FoundImage[]>
  /**
   * Fetches these images to all places, newer ones in place of older ones where the name has moved, and resolves when each
   * is there or has failed. One that fails has `problem` and stops no other; so has one that is there and could not be
   * asked for anew. Called again, or by two hubs at once, the call goes on where the last one was. Rejects with the
   * signal's reason when aborted; what came until then stays.
   */
  bring(
    images: readonly ImageUse[],
    options: { signal: AbortSignal; report(progress: BringProgress): void },
  ): Promise<FoundImage[]>
  /**
   * Lets go of whatever keeps other images than these ready, such as what fetches them to new nodes. The hub calls it with
   * the images of all its courses. Removes no image. A spawner that keeps nothing ready leaves this out.
   */
  keep?(images: readonly ImageUse[], options: { signal: AbortSignal }): Promise<void>
}

/** An image, and what its servers ask for, which may decide on which nodes they run. */
export interface ImageUse {
  image: string
  uses: readonly ServerUse[]
}

/** What the servers of one course ask for. */
export interface ServerUse {
  options: Record<string, unknown>
  gpu: boolean
}

export interface FoundImage {
  image: string
  /**
   * The image's digest at its registry, or its id at the engine: `sha256:…`, the same that `StartedServer.image` is of a
   * server that starts from it. Absent where no place has it.
   */
  id?: string
  /** Places that have the image, and all that should. */
  places: { having: number; all: number }
  /** The reason why a place lacks it, or why it could not be fetched anew, for staff, with its remedy. */
  problem?: string
}

export interface BringProgress {
  image: string
  places: { having: number; all: number }
  /** Percent, 0 to 100, where the engine tells. */
  percent?: number
}
