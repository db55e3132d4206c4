/**
 * The archives of bundles: a row, and its parts. An archive is first `begun`, then `whole`, and at last `gone`. Each move is
 * one statement that names the state before it. So no sweep takes parts from an archive that a hub still finishes, and no
 * hub finishes one that a sweep has begun to remove.
 */
import { type Database, now, nowPlus } from '../dialect.ts'
import { newId } from '../ids.ts'
import { addPart, removeParts } from './parts.ts'

/** Writes an archive, each part by itself, and returns its id. It belongs to nothing until `finishArchive`. */
export async function writeArchive(db: Database, content: AsyncIterable<Uint8Array>): Promise<string> {
  const id = newId()
  await db('archives').insert({ id, state: 'begun', written: now(db) })
  try {
    let part = 0
    for await (const bytes of content) {
      await addPart(db, id, part, bytes)
      part += 1
      if (!(await move(db, id, 'begun', 'begun'))) throw new Error(`the archive ${id} was removed while it was written`)
    }
  } catch (error) {
    // What cannot be said now, the sweep finds out later.
    await move(db, id, 'begun', 'gone').catch(() => undefined)
    throw error
  }
  return id
}

/** Says that all parts of an archive are there. Returns false when a sweep has taken it for that of a dead hub. */
export async function finishArchive(db: Database, id: string): Promise<boolean> {
  return move(db, id, 'begun', 'whole')
}

/** Gives up a whole archive that no bundle has any more. Its parts are removed by the sweep. */
export async function leaveArchive(db: Database, id: string): Promise<void> {
  await move(db, id, 'whole', 'gone')
}

/** Removes the archives that are gone, and those that were not written to for so long: of hubs that were killed. */
export async function removeLostArchives(db: Database, milliseconds: number): Promise<void> {
  await db('archives')
    .where({ state: 'begun' })
    .where('written', '<', nowPlus(db, -milliseconds))
    .update({ state: 'gone' })
  const gone: { id: string }[] = await db('archives').where({ state: 'gone' }).select('id')
  for (const { id } of gone) {
    await removeParts(db, id)
    await db('archives').where({ id, state: 'gone' }).delete()
  }
}

async function move(db: Database, id: string, from: State, to: State): Promise<boolean> {
  return (
    (await db('archives')
      .where({ id, state: from })
      .update({ state: to, written: now(db) })) > 0
  )
}

type State = 'begun' | 'whole' | 'gone'
