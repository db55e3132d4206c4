/**
 * A thread that reads notebooks of repositories, and finds those of tracks, so that neither a large one nor one that was made to be
 * slow holds the hub. It has nothing of the hub but this file and what that imports.
 */
import { createHash } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { type ResolvedTracks, resolveTracks, type TrackPattern } from '../../courses/content/nbhosting/tracks.ts'
import { factsOf, type NotebookFacts } from '../../notebooks/facts.ts'

/** A file of which the thread says what it is. */
export interface ReaderQuestion {
  path: string
  bytes: Uint8Array
}

export interface ReaderAnswer {
  /** SHA-256 of the bytes, in hex. */
  digest: string
  /** Undefined for a file that is no notebook. */
  facts: NotebookFacts | undefined
}

/** Tracks of which the thread finds the notebooks, among these. */
export interface TracksQuestion {
  tracks: readonly TrackPattern[]
  notebooks: readonly { path: string }[]
}

parentPort?.on('message', (question: ReaderQuestion | TracksQuestion) => {
  parentPort?.postMessage('tracks' in question ? tracksOf(question) : fileOf(question))
})

function fileOf({ path, bytes }: ReaderQuestion): ReaderAnswer {
  const digest = createHash('sha256').update(bytes).digest('hex')
  return { digest, facts: factsOf(path, bytes) }
}

function tracksOf({ tracks, notebooks }: TracksQuestion): ResolvedTracks {
  return resolveTracks({ tracks }, notebooks)
}

// From now on the thread answers.
parentPort?.postMessage('begun')
