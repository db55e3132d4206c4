import Router from '@koa/router'
import { buildNamed } from '../../courses/built-image.ts'
import type { Course } from '../../courses/course.ts'
import { say } from '../../words/text.ts'
import { requireUser } from '../access/account.ts'
import { staffCourses } from '../access/guests.ts'
import { notForYou } from '../access/sign-in-first.ts'
import { buildsOf } from '../builds/images.ts'
import { allBuilt } from '../db/builds/built.ts'
import { readClock } from '../db/clock.ts'
import { findContents } from '../db/images/contents.ts'
import { findImages } from '../db/images/images.ts'
import { latestJobs } from '../db/jobs/jobs.ts'
import { countRunningImages } from '../db/servers/servers.ts'
import type { Hub } from '../hub.ts'
import { coursesByImage } from '../images/uses.ts'
import { isAdmin } from '../rights/roles.ts'
import { isMissing, type ShownImage, sendImagesPage } from '../views/images/list.ts'

/** The page of images: for admins of all courses, for staff of their own. */
export function imagesPage(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/images' })

  router.get('/', async (ctx) => {
    const user = await requireUser(hub, ctx)
    const admin = isAdmin(hub, user)
    const courses = admin ? Object.values(hub.courses.all) : staffCourses(hub, user)
    if (!admin && courses.length === 0)
      throw notForYou(ctx, user, say`This page is for the people who look after courses.`)
    const hasImages = hub.spawner.images !== undefined
    const [images, now] = [hasImages ? await shownImages(hub, courses) : [], await readClock(hub.db)]
    sendImagesPage(ctx, { user, isAdmin: admin, images, hasImages, now })
  })

  return router
}

/** Returns the images of these courses, those first that are missing. */
export async function shownImages(hub: Hub, courses: readonly Course[]): Promise<ShownImage[]> {
  const all = [...coursesByImage(courses)]
  const built = await allBuilt(hub.db)
  const latest = await latestJobs(hub.db, 'image', buildsOf(courses))
  /** Returns the image as the spawner knows it; undefined where it was not built yet. */
  const realOf = (image: string) => {
    const name = buildNamed(image)
    return name === undefined ? image : built.get(name)?.image
  }
  const known = await findImages(
    hub.db,
    all.flatMap(([image]) => realOf(image) ?? []),
  )
  const ids = [...known.values()].flatMap(({ id }) => id ?? [])
  const contents = await findContents(hub.db, ids)
  const running = await countRunningImages(hub.db)
  const shown = all.map(([image, own]): ShownImage => {
    const name = buildNamed(image)
    const found = known.get(realOf(image) ?? '')
    const id = found?.id
    const slugs = new Set(own.map(({ slug }) => slug))
    const others = running
      .filter((one) => id !== undefined && one.image !== id && slugs.has(one.course))
      .reduce((sum, { count }) => sum + count, 0)
    return {
      ...{ image, courses: own, known: found, contents: id === undefined ? undefined : contents.get(id), others },
      build: name === undefined ? undefined : { name, built: built.get(name), last: latest.get(name) },
    }
  })
  return shown.sort((a, b) => presence(a) - presence(b))
}

/** Returns how much there is of an image: 0 where it is missing, 1 at some places, 2 at all. */
function presence({ known }: ShownImage): number {
  if (known === undefined || isMissing(known)) return 0
  return known.places.having < known.places.all ? 1 : 2
}
