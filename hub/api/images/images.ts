import { PassThrough } from 'node:stream'
import Router from '@koa/router'
import { z } from 'zod'
import type { Course } from '../../../courses/course.ts'
import { findCourse, nearMatches } from '../../../courses/find.ts'
import type { BringProgress, FoundImage } from '../../../spawners/images.ts'
import { buildsOf, coursesOfBuild, withBuiltImages } from '../../builds/images.ts'
import { unbuiltImage } from '../../builds/wait.ts'
import { allBuilt } from '../../db/builds/built.ts'
import { findContents } from '../../db/images/contents.ts'
import { findImages, type Image } from '../../db/images/images.ts'
import { HttpError, messageOf } from '../../errors.ts'
import { readJson } from '../../http/request.ts'
import type { Hub } from '../../hub.ts'
import { fetchImages, imagesOf } from '../../images/fetch.ts'
import { coursesByImage } from '../../images/uses.ts'
import { type Acting, adminCalling, only } from '../caller.ts'

/** Names of courses, and nothing else: no caller names an image. */
const fetching = z.strictObject({ courses: z.array(z.string().max(200)).max(1000).optional() })

/** A line of nothing this often, so that nothing on the way takes the answer for dead. */
const aliveMilliseconds = 15_000

/** The API of the images of courses, for admins. */
export function imagesApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api/images' })
  const admin = only(hub, 'admin')

  router.get('/', admin, async (ctx) => {
    const all = Object.values(hub.courses.all)
    const courses = coursesByImage(await withBuiltImages(hub.db, all))
    const built = await allBuilt(hub.db)
    const unbuilt = buildsOf(all).filter((name) => !built.has(name))
    const known = await findImages(hub.db, [...courses.keys()])
    const contents = await findContents(
      hub.db,
      [...known.values()].flatMap(({ id }) => id ?? []),
    )
    ctx.body = {
      supported: hub.spawner.images !== undefined,
      images: [
        ...[...courses].map(([image, own]) => {
          const found = known.get(image)
          return { ...present(image, own, found), versions: contents.get(found?.id ?? '')?.versions ?? null }
        }),
        ...(await Promise.all(
          unbuilt.map(async (name) => {
            const found = await unbuiltImage(hub, name)
            return {
              ...present(found.image, coursesOfBuild(hub.courses.all, name), undefined),
              ...result(found),
              versions: null,
            }
          }),
        )),
      ],
    }
  })

  router.post('/pull', admin, async (ctx) => {
    const read = fetching.safeParse((await readJson(ctx)) ?? {})
    if (!read.success) throw new HttpError(400, 'bad_image_request', z.prettifyError(read.error))
    imagesOf(hub)
    const courses = coursesNamed(hub, read.data.courses)
    const answer = new PassThrough()
    const left = new AbortController()
    ctx.res.once('close', () => left.abort(new Error('the client has left')))
    ctx.type = 'application/x-ndjson'
    // A gateway that keeps the answer back until it is whole would keep its progress back too.
    ctx.set('X-Accel-Buffering', 'no')
    ctx.body = answer
    void tell(hub, courses, { answer, by: adminCalling(ctx), signal: AbortSignal.any([hub.stopping, left.signal]) })
  })

  return router
}

/** Fetches, and writes a line for each step, one for each image that came or failed, and one at the end. */
async function tell(
  hub: Hub,
  courses: readonly Course[],
  { answer, signal, by }: { answer: PassThrough; signal: AbortSignal; by: Acting },
): Promise<void> {
  const write = (line: object) => void answer.write(`${JSON.stringify(line)}\n`)
  const alive = setInterval(() => write({}), aliveMilliseconds)
  const last = new Map<string, string>()
  const report = ({ image, places, percent }: BringProgress) => {
    const line = { image, places, ...(percent !== undefined && { percent: Math.floor(percent) }) }
    const text = JSON.stringify(line)
    // A reader that is slow gets less of the progress, and every result.
    if (last.get(image) === text || answer.writableNeedDrain) return
    last.set(image, text)
    write(line)
  }
  write({})
  try {
    const found = await fetchImages(hub, courses, { signal, report, by })
    for (const one of found) write({ ...result(one), done: true })
    write({ end: true, failed: found.filter(({ problem }) => problem !== undefined).length })
    answer.end()
  } catch (error) {
    if (signal.aborted) return void answer.destroy()
    hub.log.warn({ err: error }, 'images could not be fetched')
    write({ error: 'images_failed', message: messageOf(error) })
    answer.end()
  } finally {
    clearInterval(alive)
  }
}

/** Returns these courses with their variants, or all. Throws for a name that no course has. */
function coursesNamed({ courses }: Hub, names: string[] | undefined): Course[] {
  const all = Object.values(courses.all)
  if (names === undefined) return all
  const slugs = names.map((name) => {
    const course = findCourse(courses.all, name)
    if (course !== undefined) return course.slug
    const [near] = nearMatches(courses.all, name)
    const hint = near === undefined ? '' : ` Did you mean ${near}?`
    throw new HttpError(404, 'unknown_course', `There is no course named "${name.slice(0, 80)}" here.${hint}`)
  })
  return all.filter(({ slug, variantOf }) => slugs.includes(slug) || (variantOf && slugs.includes(variantOf)))
}

function present(image: string, courses: readonly Course[], known: Image | undefined) {
  return {
    ...result(known ?? { image, places: { having: 0, all: 0 } }),
    courses: courses.map(({ name }) => name),
    looked: timeOf(known?.looked),
    fetched: timeOf(known?.fetched),
    fetch_problem: known?.fetchProblem ?? null,
  }
}

function result({ image, id, places, problem }: FoundImage) {
  return { image, id: id ?? null, places, problem: problem ?? null }
}

function timeOf(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : new Date(milliseconds).toISOString()
}
