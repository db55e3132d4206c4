import type { Readable } from 'node:stream'
import type { Course } from '../../courses/course.ts'
import { rendererVersion } from '../../notebooks/render/version.ts'
import {
  forgetImageNotebooks,
  type ImageNotebook,
  isToLook,
  type PlaceInImage,
  putImageNotebooks,
} from '../db/images/image-notebooks.ts'
import { countRunningImages } from '../db/servers/servers.ts'
import { readErrand } from '../homes/errand-output.ts'
import type { Hub } from '../hub.ts'
import { isStill } from '../images/still.ts'
import { placeInImage } from './image.ts'
import { notebookEntries } from './image-entries.ts'
import { lookingCommand } from './image-program.ts'

/** The most of all pages of an image, packed, and how many notebooks may take too long before the rest is left out. */
const most = { bytes: 20 * 2 ** 20, slow: 3, milliseconds: 300_000 }
const limits = { cpu: 1, memory: 512 * 2 ** 20 }
const unusedMilliseconds = 14 * 24 * 3600_000
/** A folder of this machine may change, and nothing says so. */
const folderMilliseconds = 600_000

/**
 * Makes pages of the notebooks in each image of which servers run, once for each digest or id, by a short program in the image. The
 * learners who come later read them while their servers start. Forgets those of images of which no server ran for two weeks.
 */
export async function readImages(hub: Hub, signal: AbortSignal): Promise<void> {
  if (hub.spawner.errands === undefined) return
  await forgetImageNotebooks(hub.db, unusedMilliseconds)
  const seen = new Set<string>()
  const againMilliseconds = hub.spawner.images === undefined ? folderMilliseconds : undefined
  for (const { course: slug, image: id } of await countRunningImages(hub.db)) {
    const course = hub.courses.all[slug]
    const place = course && (await placeInImage(hub, course))
    if (course === undefined || place === undefined || seen.has(JSON.stringify(place))) continue
    const state = `${rendererVersion} ${id}`
    const limited = AbortSignal.any([signal, AbortSignal.timeout(most.milliseconds)])
    // The name may stand for another image by now.
    if (!(await isStill(hub, { image: place.image, course }, id, limited))) continue
    seen.add(JSON.stringify(place))
    if (!(await isToLook(hub.db, place, { state, againMilliseconds }))) continue
    const result = await look(hub, place, course, limited)
    if (signal.aborted) return
    if (!(await isStill(hub, { image: place.image, course }, id, signal))) continue
    const [notebooks, problem] = 'problem' in result ? [[], result.problem] : [result.notebooks, undefined]
    await putImageNotebooks(hub.db, place, { state, ...(problem !== undefined && { problem }) }, notebooks)
    if (problem === undefined) hub.log.info({ ...place, notebooks: notebooks.length }, 'read the notebooks of an image')
    else hub.log.warn({ ...place, problem }, 'the notebooks of an image were not read')
  }
}

async function look(
  hub: Hub,
  { image, folder }: PlaceInImage,
  { options }: Course,
  signal: AbortSignal,
): Promise<{ notebooks: ImageNotebook[] } | { problem: string }> {
  const errand = { purpose: 'notebooks to read', image, command: lookingCommand(folder), options, limits }
  const result = await readErrand(hub, errand, signal, (stdout) => makePages(hub, stdout))
  return 'problem' in result ? result : { notebooks: result.made }
}

async function makePages(hub: Hub, archive: Readable): Promise<ImageNotebook[]> {
  const made: ImageNotebook[] = []
  let [size, slow] = [0, 0]
  for await (const { path, bytes } of notebookEntries(archive)) {
    if (slow >= most.slow) continue
    const page = await hub.previews.render({ path, bytes, pictures: {} })
    if (page === undefined) slow += 1
    if (page === undefined || page === 'unreadable' || size + page.html.length > most.bytes) continue
    size += page.html.length
    made.push({ path, title: page.title, html: Buffer.from(page.html) })
  }
  return made
}
