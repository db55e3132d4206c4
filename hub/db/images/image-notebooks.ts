/** Notebooks that images have, as pages to read, and what was found when an image was last looked through. */
import { type Database, now, nowPlus, storable } from '../dialect.ts'
import { prepared } from '../prepared.ts'

/** Where notebooks lie: the image by the name that courses give it, and the folder in which servers start, '' for the image's own. */
export interface PlaceInImage {
  image: string
  folder: string
}

export interface ImageNotebook {
  /** In the folder. */
  path: string
  title: string
  /** The document, packed by gzip. */
  html: Buffer
}

/** What is known of a place. The state is the image's id and the renderer. */
export interface Looked {
  state: string
  problem?: string
}

/** Notes that servers of this place run, and returns whether it is to be looked through: in another state than last, or after so long. */
export async function isToLook(
  db: Database,
  place: PlaceInImage,
  { state, againMilliseconds }: { state: string; againMilliseconds: number | undefined },
): Promise<boolean> {
  await db('image_notebooks')
    .where({ ...place, path: '' })
    .update({ used: now(db) })
  const settled = await db('image_notebooks')
    .where({ ...place, path: '', version: storable(state, 300) })
    .where((row) => {
      if (againMilliseconds === undefined) row.whereNull('problem')
      row.orWhere('tried', '>', nowPlus(db, -(againMilliseconds ?? failedMilliseconds)))
    })
    .first('image')
  return settled === undefined
}

/** A place that could not be looked through is tried again after so long. */
const failedMilliseconds = 6 * 3600_000

/** Writes what was found in a place, in the stead of what was found before. Where nothing could be found, that stays. */
export async function putImageNotebooks(
  db: Database,
  place: PlaceInImage,
  { state, problem }: Looked,
  notebooks: readonly ImageNotebook[],
): Promise<void> {
  await db.transaction(async (trx) => {
    const rows = trx('image_notebooks').where(place)
    await (problem === undefined ? rows.delete() : rows.where({ path: '' }).delete())
    const common = { ...place, version: storable(state, 300), tried: now(trx), used: now(trx) }
    const told = { title: '', problem: problem === undefined ? null : storable(problem, 1000), size: 0, html: null }
    await trx('image_notebooks').insert({ ...common, path: '', ...told })
    if (problem !== undefined) return
    for (const { path, title, html } of notebooks)
      await trx('image_notebooks').insert({
        ...common,
        path,
        title: storable(title, 300),
        problem: null,
        size: html.length,
        html,
      })
  })
}

const titleAt = prepared<[image: string, folder: string, path: string], { title: string } | undefined>(
  (db, image, folder, path) =>
    db('image_notebooks').where({ image, folder, path }).where('size', '>', 0).first('title'),
)

/** Returns the title of a notebook of an image; undefined where no page of it is there. */
export async function titleInImage(
  db: Database,
  { image, folder }: PlaceInImage,
  path: string,
): Promise<string | undefined> {
  return (await titleAt(db, image, folder, path))?.title
}

const pageAt = prepared<[image: string, folder: string, path: string], { html: Uint8Array | null } | undefined>(
  (db, image, folder, path) => db('image_notebooks').where({ image, folder, path }).first('html'),
)

/** Returns the page of a notebook of an image. */
export async function pageInImage(
  db: Database,
  { image, folder }: PlaceInImage,
  path: string,
): Promise<Buffer | undefined> {
  const html = (await pageAt(db, image, folder, path))?.html
  return html === undefined || html === null ? undefined : Buffer.from(html)
}

/** Returns the paths of all notebooks of a place that are known. */
export async function pathsInImage(db: Database, place: PlaceInImage): Promise<string[]> {
  return db('image_notebooks').where(place).where('size', '>', 0).orderBy('path').pluck('path')
}

/** Forgets the notebooks of images of which no server ran for so long. */
export async function forgetImageNotebooks(db: Database, milliseconds: number): Promise<void> {
  const old: PlaceInImage[] = await db('image_notebooks')
    .where({ path: '' })
    .where('used', '<', nowPlus(db, -milliseconds))
    .select('image', 'folder')
  for (const { image, folder } of old) await db('image_notebooks').where({ image, folder }).delete()
}
