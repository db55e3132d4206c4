/**
 * Puts a file in the place of a learner's by Jupyter's Contents API. What is there is renamed, which takes it as it is at that
 * moment, and stays beside it until it is kept. So what a program saves meanwhile is not written over. But Jupyter looks whether
 * a name is free, and renames a moment later. So editors save nothing while a file comes to a place.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../errors.ts'
import { tooLongText } from '../servers/server-call.ts'
import { type Ask, contentsOf } from './ask.ts'
import { bytesAt } from './bytes-at.ts'
import { type ContentsFile, draftOf, requireDone } from './put.ts'
import { NotQuiet, type Quiet } from './quiet.ts'

/** The names of the files that lie beside a notebook while it is replaced are made of these. */
export interface Swapped {
  path: string
  tag: string
}

/** Why a file is not replaced that is no longer what it was. */
export const savedText = 'it was saved meanwhile'

/** The most files that turn up at the path one after another before the replacement is given up. */
const mostAside = 4

export interface Swapping {
  quiet: Quiet
  /** Where anything else than these bytes is there, nothing is replaced. */
  only?: Buffer | undefined
}

/**
 * Puts a file at a path, and all that is and turns up there aside. Returns how many files that were. Rejects where the server
 * does not do it, or, with `only`, where anything else is there; `settle` is to follow in any case.
 */
export async function swapIn(
  ask: Ask,
  { path, tag }: Swapped,
  file: ContentsFile,
  { quiet, only }: Swapping,
): Promise<number> {
  const draft = draftOf(path, tag)
  requireDone(await ask(contentsOf(draft), { method: 'PUT', body: file }))
  return quiet(async (isQuiet) => {
    for (const [at, aside] of asidesOf({ path, tag }).entries()) {
      const moved = await rename(ask, path, aside)
      if (moved.status !== 404) requireDone(moved)
      if (only !== undefined && (await bytesAt(ask, aside))?.equals(only) !== true) throw new Error(savedText)
      if (!isQuiet()) throw new NotQuiet('it takes too long')
      const placed = await rename(ask, draft, path)
      if (placed.status === 200) return at + 1
      // A program has saved in between.
      if (placed.status !== 409) requireDone(placed)
    }
    throw new Error('it is saved again and again')
  })
}

export interface Settling {
  quiet: Quiet
  /** Whether `swapIn` is known to have succeeded, and how many files it has put aside, if that is known. */
  placed: boolean
  asides?: number | undefined
  /** What is likely to have been put aside, and is kept already. */
  known?: Buffer | undefined
  keep(bytes: Buffer): Promise<void>
  /** Notes that `swapIn` turns out to have succeeded: when all that was put aside is removed, no file tells of it any more. */
  note?(): Promise<void>
}

/**
 * Ends what `swapIn` has begun, or a hub that was killed: hands all that was put aside to `keep`, and removes it. Where the new
 * file has not come to its place, the last one of the others goes back there. Returns whether the new file was placed. What
 * cannot be kept stays under its other name. May be done again.
 */
export async function settle(
  ask: Ask,
  swapped: Swapped,
  { quiet, placed, asides: count, known, keep, note }: Settling,
): Promise<boolean> {
  const draft = draftOf(swapped.path, swapped.tag)
  const asides: string[] = []
  for (const aside of asidesOf(swapped).slice(0, count)) {
    if (count !== undefined || (await isThere(ask, aside))) asides.push(aside)
  }
  let isPlaced = placed
  if (!placed) {
    const last = asides.at(-1)
    if (last !== undefined) {
      const putBack = () => rename(ask, last, swapped.path)
      const back = await quiet(putBack).catch((error: unknown) => {
        if (!(error instanceof NotQuiet)) throw error
        // A notebook that is away is worse than what a save may lose that comes in this very moment.
        return putBack()
      })
      if (back.status === 200) asides.pop()
      else if (back.status !== 409) requireDone(back)
      else isPlaced = !(await isThere(ask, draft))
    }
    if (isPlaced) await note?.()
    else await remove(ask, draft)
  }
  for (const aside of asides) {
    const bytes = await bytesAtRest(ask, aside, known)
    if (bytes === undefined) continue
    if (known === undefined || !bytes.equals(known)) await keep(bytes)
    await remove(ask, aside)
  }
  return isPlaced
}

/** A save of a large notebook to a slow disk may take this long: tries, and milliseconds between them. */
const rest = { tries: 30, pause: 100 }

/**
 * Returns the bytes of a file when no save that began before it was renamed is still writing it. Undefined where there is no
 * file, it is too large, or it does not come to rest.
 */
async function bytesAtRest(ask: Ask, path: string, known: Buffer | undefined): Promise<Buffer | undefined> {
  let last = known
  for (let tries = 0; tries < rest.tries; tries += 1) {
    const bytes = await bytesAt(ask, path).catch((error: unknown) => {
      if (messageOf(error) === tooLongText) return undefined
      throw error
    })
    // A save empties the file before it writes, so what is as it was has none under way.
    if (bytes === undefined || known?.equals(bytes)) return bytes
    if (last?.equals(bytes) && (seemsWhole(path, bytes) || tries === rest.tries - 1)) return bytes
    last = bytes
    await sleep(rest.pause)
  }
  return undefined
}

function seemsWhole(path: string, bytes: Buffer): boolean {
  return path.endsWith('.ipynb') ? bytes.subarray(-10).toString().trimEnd().endsWith('}') : bytes.length > 0
}

function asidesOf({ path, tag }: Swapped): string[] {
  return Array.from({ length: mostAside }, (_, at) => draftOf(path, `${tag}-${at + 1}`))
}

function rename(ask: Ask, from: string, path: string) {
  return ask(contentsOf(from), { method: 'PATCH', body: { path } })
}

function remove(ask: Ask, path: string) {
  return ask(contentsOf(path), { method: 'DELETE' })
}

async function isThere(ask: Ask, path: string): Promise<boolean> {
  const { status } = await ask(`${contentsOf(path)}?content=0`)
  if (status !== 404) requireDone({ status })
  return status === 200
}
