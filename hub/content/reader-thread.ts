/**
 * A thread that reads notebooks of repositories, so that neither a large one nor one that was made to be slow holds the hub. It
 * has nothing of the hub but this file and what that imports.
 */
import { createHash } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { factsOf, type NotebookFacts } from '../../notebooks/facts.ts'

/** What is asked of the thread. */
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

parentPort?.on('message', ({ path, bytes }: ReaderQuestion) => {
  const digest = createHash('sha256').update(bytes).digest('hex')
  const answer: ReaderAnswer = { digest, facts: factsOf(path, bytes) }
  parentPort?.postMessage(answer)
})
// From now on the thread answers.
parentPort?.postMessage('begun')
