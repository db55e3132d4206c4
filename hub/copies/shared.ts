/**
 * Replaces a notebook in a server with `jupyter-collaboration`, where it may be open as a shared document. The server itself
 * holds that, follows the file when it is renamed, and takes over what is written into it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Ask, contentsOf, encoded } from './ask.ts'
import { bytesAt } from './bytes-at.ts'
import { exactly, requireDone } from './put.ts'
import { NotQuiet, type Quiet } from './quiet.ts'

/** Tells whether a server has shared documents. */
export async function hasSharedDocuments(ask: Ask, path: string): Promise<boolean> {
  // Only PUT is known there: a question that changes nothing gets no answer but this one.
  return (await ask(`api/collaboration/session/${encoded(path)}`)).status === 405
}

/** A shared document is saved a second after its last change. */
const rest = { milliseconds: 1500, tries: 6 }

/**
 * Returns the bytes of a notebook once a document that is open has been saved. Rejects with `NotQuiet` where it goes on being
 * changed, or is gone.
 */
export async function sharedAtRest(ask: Ask, path: string, first: Buffer): Promise<Buffer> {
  let last: Buffer | undefined = first
  for (let tries = 0; tries < rest.tries; tries += 1) {
    await sleep(rest.milliseconds)
    const bytes: Buffer | undefined = await bytesAt(ask, path)
    if (bytes === undefined) break
    if (last?.equals(bytes)) return bytes
    last = bytes
  }
  throw new NotQuiet('it is being written in')
}

interface WriteOver {
  quiet: Quiet
  path: string
  /** What is there, and is kept. Where anything else is, nothing is written. */
  present: Buffer
  coming: Buffer
}

/** Writes into the file itself, which a document that is open takes over within a second. */
export async function writeOver(ask: Ask, { quiet, path, present, coming }: WriteOver): Promise<void> {
  await quiet(async (isQuiet) => {
    if ((await bytesAt(ask, path))?.equals(present) !== true) throw new NotQuiet('it was saved meanwhile')
    if (!isQuiet()) throw new NotQuiet('it takes too long')
    requireDone(await ask(contentsOf(path), { method: 'PUT', body: exactly(coming) }))
  })
}
