import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import { type Said, say } from '../../../words/text.ts'
import { sessionHash } from '../../access/account.ts'
import { notForYou } from '../../access/sign-in-first.ts'
import { cancelPull, wantPull } from '../../content/request.ts'
import { pullWords } from '../../content/told.ts'
import { madeCourseOf } from '../../courses/courses.ts'
import { courseLookedAfter, isFree } from '../../courses/editors.ts'
import { launchLinks } from '../../courses/present.ts'
import { readClock } from '../../db/clock.ts'
import { findContent } from '../../db/content/brought.ts'
import { listNotebooks } from '../../db/content/notebooks.ts'
import { findPullPlan } from '../../db/content/pulls.ts'
import { isUnderWay, latestJobs } from '../../db/jobs/jobs.ts'
import { lastOfLog } from '../../db/jobs/logs.ts'
import { isLiveSession } from '../../db/sessions.ts'
import { findUser } from '../../db/users.ts'
import { HttpError } from '../../errors.ts'
import { countCourseChange } from '../../http/limits.ts'
import { queryOf, requireOwnPage } from '../../http/request.ts'
import type { Hub } from '../../hub.ts'
import { jobEvents } from '../../jobs/events.ts'
import { wholeLog } from '../../jobs/follow.ts'
import { type CourseOfContent, sendContentPage } from '../../views/courses/content.ts'
import { listedNotebooks } from '../../views/courses/notebook-list.ts'
import { sendNotebooksPage } from '../../views/courses/notebooks.ts'
import { languageOf } from '../../views/parts/language.ts'
import { listQuery } from '../list-query.ts'
import { goBack, noticeOf } from '../notices.ts'
import { editorOf, type PageEditor } from './editor.ts'

const notebooksQuery = listQuery.extend({ track: z.string().max(200).catch('').default('') })

/** The pages of the content of courses, those of the config too: for their staff, and for admins. */
export function contentPages(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/my-courses/:course' })
  const ownPage = requireOwnPage(hub.hubUrl)
  const events = jobEvents(hub, pullWords)

  router.get('/content', async (ctx) => {
    const { editor, course } = await requireContentOf(hub, ctx)
    const { id, slug } = course
    const last = (await latestJobs(hub.db, 'content', [id])).get(id)
    // Read before the log, so that events begin no later than the log ends.
    const part = last && isUnderWay(last) ? ((await lastOfLog(hub.db, last.id))?.part ?? 0) : 0
    const log = last === undefined ? '' : await wholeLog(hub.db, last.id, isUnderWay(last) ? part : undefined)
    sendContentPage(ctx, {
      ...{ user: editor.user, course, last, log, isMade: madeCourseOf(hub.courses, slug) !== undefined },
      mayChange: madeCourseOf(hub.courses, slug) !== undefined || isFree(hub, editor),
      content: await findContent(hub.db, id),
      plan: await findPullPlan(hub.db, id),
      events: `/hub/my-courses/${slug}/pull/events?after=${last?.id ?? 0}.${part}`,
      notice: await noticeOf(hub, ctx),
      now: await readClock(hub.db),
    })
  })

  router.get('/notebooks', async (ctx) => {
    const { editor, course } = await requireContentOf(hub, ctx)
    const asked = notebooksQuery.parse(queryOf(ctx))
    const content = await findContent(hub.db, course.id)
    const list = listedNotebooks(await listNotebooks(hub.db, course.id), content?.tracks ?? [], asked)
    const linksOf = (path: string) => launchLinks(hub, course.name, path)
    sendNotebooksPage(ctx, { user: editor.user, course, list, asked, linksOf })
  })

  router.get('/pull/events', async (ctx) => {
    const { editor, course } = await requireContentOf(hub, ctx)
    const last = (await latestJobs(hub.db, 'content', [course.id])).get(course.id)
    if (last === undefined) throw new HttpError(404, 'no_pull', say`The content of this course was never fetched.`)
    const { after } = queryOf(ctx)
    const session = sessionHash(ctx)
    const mayRead = async () => {
      const still = (await isLiveSession(hub.db, session)) ? await findUser(hub.db, editor.id) : undefined
      return still !== undefined && courseLookedAfter(hub, still, course.slug) !== undefined
    }
    events(ctx, last, { id: editor.id, mayRead, language: languageOf(ctx) }, typeof after === 'string' ? after : '')
  })

  router.post('/pull', ownPage, async (ctx) => {
    const { editor, course } = await requireContentOf(hub, ctx)
    countCourseChange(hub, editor.user)
    await act(hub, ctx, course, say`The repository is asked now. This page shows how it goes.`, () =>
      wantPull(hub, course, { by: editor.id, why: 'person', precondition: editor.precondition }),
    )
  })

  router.post('/pull/cancel', ownPage, async (ctx) => {
    const { editor, course } = await requireContentOf(hub, ctx)
    await act(hub, ctx, course, say`It is being cancelled.`, () =>
      cancelPull(hub, course, { by: editor.id, precondition: editor.precondition }),
    )
  })

  return router
}

/** Does what a button asks for, and says on the page what has come of it. */
async function act(
  hub: Hub,
  ctx: Koa.Context,
  { slug }: CourseOfContent,
  done: Said,
  does: () => Promise<unknown>,
): Promise<void> {
  const text = await does().then<Said, Said>(
    () => done,
    (error: unknown) => {
      if (error instanceof HttpError && error.status === 409) return error.said
      throw error
    },
  )
  await goBack(hub, ctx, `/hub/my-courses/${slug}/content`, { text })
}

/** Returns a course with content that the person looks after. All others are refused alike. */
async function requireContentOf(hub: Hub, ctx: Koa.Context): Promise<{ editor: PageEditor; course: CourseOfContent }> {
  const editor = await editorOf(hub, ctx)
  const course = courseLookedAfter(hub, editor.user, String(ctx.params.course))
  if (course === undefined)
    throw notForYou(ctx, editor.user, say`The content of a course is for the people who look after it.`)
  const { content } = course
  if (content !== undefined) return { editor, course: { ...course, content } }
  const href = `/hub/my-courses/${course.slug}`
  const links =
    madeCourseOf(hub.courses, course.slug) !== undefined ? [{ href, text: say`Settings of the course` }] : []
  throw new HttpError(404, 'no_content', say`${course.name} has no content from git. Name its repository first.`, links)
}
