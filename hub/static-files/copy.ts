import type { Course } from '../../courses/course.ts'
import { tally } from '../../metrics/tally.ts'
import { imageOf } from '../builds/images.ts'
import { noteCourseImages } from '../db/images/course-images.ts'
import { forgetStaticFiles, noteUsedImages, putStaticFiles, staticFilesOfEach } from '../db/images/static-files.ts'
import { countRunningImages } from '../db/servers/servers.ts'
import { readErrand } from '../homes/errand-output.ts'
import type { Hub } from '../hub.ts'
import { isStill } from '../images/still.ts'
import { staticEntries } from './entries.ts'
import { copyingCommand } from './program.ts'

/** An image whose files could not be copied is tried again after so long. */
const againMilliseconds = 6 * 3600_000
const unusedMilliseconds = 14 * 24 * 3600_000
const mostMilliseconds = 300_000
const limits = { cpu: 1, memory: 512 * 2 ** 20 }

/**
 * Copies the static files out of each image of which servers run, once for each digest or id, by a short program in the image. The
 * servers that start from then on have routes that name the copy. Where there can be none, the reason is kept, and servers hand
 * their files out by themselves. Forgets those of images of which no server ran for two weeks.
 */
export async function copyStaticFiles(hub: Hub, signal: AbortSignal): Promise<void> {
  if (!hub.config.staticFiles || hub.spawner.errands === undefined) return
  const running = await countRunningImages(hub.db)
  const images = [...new Set(running.map(({ image }) => image))]
  const wanted = await noteUsedImages(hub.db, images, { againMilliseconds })
  await forgetStaticFiles(hub.db, unusedMilliseconds)
  for (const { course, image } of running) {
    const use = wanted.has(image) ? await useOf(hub, hub.courses.all[course]) : undefined
    const limited = AbortSignal.any([signal, AbortSignal.timeout(mostMilliseconds)])
    // The course may have another image by now, or its name may stand for another one.
    if (use === undefined || !(await isStill(hub, use, image, limited))) continue
    wanted.delete(image)
    const result = await copy(hub, use, limited)
    if (signal.aborted) return
    if (!(await isStill(hub, use, image, signal))) continue
    await putStaticFiles(hub.db, image, result)
    tally(hub.counters.staticFiles, 'digest' in result ? 'copied' : 'refused')
    if ('digest' in result) hub.log.info({ image, ...result }, 'copied the static files of an image')
    else hub.log.warn({ image, problem: result.problem }, 'the static files of an image were not copied')
  }
  const copied = await staticFilesOfEach(hub.db, images)
  // Of a course with servers of two images the one of the latest server counts.
  const latest = running.filter(({ image }) => copied.has(image)).map(({ course, image }) => [course, image] as const)
  await noteCourseImages(hub.db, new Map(latest))
}

interface Use {
  image: string
  course: Course
}

async function useOf({ db }: Hub, course: Course | undefined): Promise<Use | undefined> {
  const image = course && (await imageOf(db, course.image))
  return course === undefined || image === undefined ? undefined : { image, course }
}

async function copy(
  hub: Hub,
  { image, course }: Use,
  signal: AbortSignal,
): Promise<{ digest: string; files: number; bytes: number } | { problem: string }> {
  const errand = { purpose: 'static files', image, command: copyingCommand, options: course.options, limits }
  const result = await readErrand(hub, errand, signal, (stdout, ending) =>
    hub.bundles.make(staticEntries(stdout), ending),
  )
  if ('problem' in result) return result
  const { digest, files, bytes } = result.made
  return files === 0
    ? { problem: 'the image has no static files of programs that are known' }
    : { digest, files, bytes }
}
