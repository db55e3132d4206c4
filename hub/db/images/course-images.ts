/** The image of which a course's latest server was, by its digest or id: what the next one will most likely be of. */
import type { Database } from '../dialect.ts'
import { prepared } from '../prepared.ts'

/** Notes the images of courses. Each must be one of which static files are known, and is forgotten with these. */
export async function noteCourseImages(db: Database, images: ReadonlyMap<string, string>): Promise<void> {
  const rows: { course: string; image: string }[] = await db('course_images').select('course', 'image')
  const known = new Map(rows.map(({ course, image }) => [course, image]))
  for (const [course, image] of images) {
    if (known.get(course) === image) continue
    await db('course_images').insert({ course, image }).onConflict('course').merge()
  }
}

const filesOfCourse = prepared<[course: string], { digest: string | null } | undefined>((db, course) =>
  db('course_images')
    .join('static_files', 'static_files.image', 'course_images.image')
    .where('course_images.course', course)
    .first('static_files.digest'),
)

/** Returns the digest of the static files that the course's next server will most likely have. */
export async function likelyStaticFiles(db: Database, course: string): Promise<string | undefined> {
  return (await filesOfCourse(db, course))?.digest ?? undefined
}
