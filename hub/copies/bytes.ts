/** What of a notebook of a course a learner's copy gets. */
import { hasReadOnlyText } from '../../courses/content/content.ts'
import type { Course } from '../../courses/course.ts'
import type { StoredBlob } from '../db/content/blobs.ts'
import type { Hub } from '../hub.ts'

/**
 * Returns the bytes of a copy of a course's notebook: those of the repository, or with text cells that cannot be edited. All that
 * writes copies, or compares one with what it was made of, asks this function. A notebook that cannot be read, or takes too long,
 * stays as it stands in the repository. Many get the same bytes, so no one may change them.
 */
export async function bytesForCopy(
  { notebookWork }: Pick<Hub, 'notebookWork'>,
  course: Pick<Course, 'content' | 'brought'>,
  path: string,
  { digest, bytes }: StoredBlob,
): Promise<Buffer> {
  if (!hasReadOnlyText(course) || !path.endsWith('.ipynb')) return bytes
  return notebookWork.ofCourses.get(digest, async () =>
    Buffer.from((await notebookWork.ask('readOnlyText', { path, bytes })) ?? bytes),
  )
}
