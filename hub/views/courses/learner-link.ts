import type { Course } from '../../../courses/course.ts'
import { type Html, html } from '../../../net/html.ts'
import type { CourseServer } from '../../db/servers/course-servers.ts'
import { fullName } from '../format.ts'

/** Returns the name of a learner, which leads to what the staff of the course see of her. The address names her server: her account's id is not told. */
export function learnerLink({ slug }: Pick<Course, 'slug'>, server: string, owner: CourseServer['owner']): Html {
  return html`<a href="/hub/course/${slug}/learners/${server}">${fullName(owner)}</a>`
}
