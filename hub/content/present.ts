/** What is told of the content of a course, by the API and to pages. */
import type { BroughtBundle } from '../../courses/content/brought.ts'
import { type Content, findContent } from '../db/content/brought.ts'
import { type IndexedNotebook, listNotebooks } from '../db/content/notebooks.ts'
import { findPullPlan, type PullPlan } from '../db/content/pulls.ts'
import { type ContentPull, latestJobs } from '../db/jobs/jobs.ts'
import type { Hub } from '../hub.ts'
import type { CourseWithContent } from './courses.ts'
import { pullPercent, pullText } from './told.ts'

/** All that the hub knows of the content of a course. */
export interface KnownContent {
  /** The commit that counts; undefined before the first. */
  content: Content | undefined
  notebooks: IndexedNotebook[]
  plan: PullPlan | undefined
  /** The last pull, or the one that is under way. */
  last: ContentPull | undefined
}

export async function knownContent({ db }: Pick<Hub, 'db'>, { id }: CourseWithContent): Promise<KnownContent> {
  const [content, notebooks] = [await findContent(db, id), await listNotebooks(db, id)]
  return { content, notebooks, plan: await findPullPlan(db, id), last: (await latestJobs(db, 'content', [id])).get(id) }
}

/** Returns the content of a course as the API shows it. */
export function presentContent(course: CourseWithContent, { content, notebooks, plan, last }: KnownContent) {
  const { git, ref, pullMinutes, copies } = course.content
  return {
    ...{ course: course.name, git, ref: ref ?? null, pull_minutes: pullMinutes, copies },
    counts:
      content === undefined
        ? null
        : {
            ...{
              commit: content.commit,
              subject: content.subject,
              at: timeOf(content.at),
              since: timeOf(content.counted),
            },
            settings: content.settings.course,
            ...{ notebook_at: content.settings.notebookAt ?? null, static_mappings: content.settings.staticMappings },
            ...{ tracks: content.tracks, bundles: content.bundles.map(presentBundle), problems: content.problems },
          },
    notebooks: notebooks.map(({ path, title, version, kernel, format, bytes, digest }) => ({
      ...{ path, title, version, kernel: kernel ?? null, format, bytes, digest },
    })),
    next: timeOf(plan?.due),
    checked: timeOf(plan?.checked),
    failures: plan?.failures ?? 0,
    problem: plan?.problem ?? null,
    pull: last === undefined ? null : presentPull(last),
  }
}

function presentBundle({ top, digest, bytes }: BroughtBundle) {
  return { top, digest, bytes }
}

export function presentPull(pull: ContentPull) {
  const { id, state, step, steps, commit, subject, problem, askedBy, cancelledBy, again } = pull
  return {
    ...{
      pull: id,
      state,
      percent: pullPercent(pull),
      status: pullText(pull),
      step: step ?? null,
      steps: steps ?? null,
    },
    ...{ commit: commit ?? null, subject: subject ?? null, problem: problem ?? null },
    ...{ asked_by: askedBy, cancelled_by: cancelledBy ?? null, again: again !== undefined },
    ...{ asked: timeOf(pull.asked), started: timeOf(pull.started), ended: timeOf(pull.ended) },
  }
}

function timeOf(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : new Date(milliseconds).toISOString()
}
