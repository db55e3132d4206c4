import Router from '@koa/router'
import type Koa from 'koa'
import type { Course } from '../../../courses/course.ts'
import { imagePatterns } from '../../../courses/making/terms.ts'
import type { Html } from '../../../net/html.ts'
import { retoldClause } from '../../../words/kept.ts'
import { type Said, say, type Text, textIn } from '../../../words/text.ts'
import { reviewGuests } from '../../access/guests.ts'
import { notForYou } from '../../access/sign-in-first.ts'
import { type MadeCourse, madeCourseOf } from '../../courses/courses.ts'
import { changeCourse, makeCourse, moveCourse, renameCourse } from '../../courses/edit.ts'
import { configCoursesOf, editableBy, isFree, mayEdit, mayMakeCourses, requireEditable } from '../../courses/editors.ts'
import { offeredImages } from '../../courses/offered-images.ts'
import { launchLinks } from '../../courses/present.ts'
import { countServersOfCourse } from '../../courses/removal.ts'
import { findPullPlan, listPullPlans, type PullPlan } from '../../db/content/pulls.ts'
import { listEdits } from '../../db/courses/edits.ts'
import { countHomesOfCourse } from '../../db/homes/homes-of-courses.ts'
import { HttpError, SettingProblems } from '../../errors.ts'
import { countCourseChange } from '../../http/limits.ts'
import { readForm, requireOwnPage } from '../../http/request.ts'
import type { Hub } from '../../hub.ts'
import { contentLine } from '../../views/courses/content.ts'
import { definitionOfFields, type FormFields, fieldOf, fieldsOf } from '../../views/courses/fields.ts'
import { type CourseForm, sendCourseForm } from '../../views/courses/form.ts'
import { sendCourseList } from '../../views/courses/list.ts'
import { ofUnit } from '../../views/format.ts'
import { sendQuestionPage } from '../../views/question.ts'
import { goBack, noticeOf } from '../notices.ts'
import { editorOf, type PageEditor } from './editor.ts'

/** Pages on which people make and change courses. All others are refused in the same way for every course and none. */
export function coursePages(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/my-courses' })
  const ownPage = requireOwnPage(hub.hubUrl)

  router.get('/', async (ctx) => {
    const editor = await editorOf(hub, ctx)
    const made = editableBy(hub, editor)
    const ofConfig = configCoursesOf(hub, editor.user)
    const mayMake = mayMakeCourses(hub, editor)
    if (!mayMake && made.length === 0 && ofConfig.length === 0)
      throw notForYou(ctx, editor.user, say`This page is for the people who make courses, or look after some.`)
    const plans = await listPullPlans(hub.db)
    const content = (course: Course | undefined) => contentWith(course, (id) => plans.get(id))
    const courses = [
      ...made.map(({ row: { name, slug, state }, course, problems }) => ({
        ...{ name, slug, state, title: course?.title ?? name, image: course?.image ?? '' },
        problems: problems.map(([path, message]) => retoldClause(`${path.join('.') || name}: ${message}`)),
        content: content(madeCourseOf(hub.courses, slug)),
      })),
      ...ofConfig.map(({ name, slug, title, image }) => ({
        ...{ name, slug, title: title ?? name, image, state: 'config' as const, problems: [] },
        content: content(hub.courses.all[slug]),
      })),
    ]
    sendCourseList(ctx, { user: editor.user, courses, mayMake, notice: await noticeOf(hub, ctx) })
  })

  router.get('/new', async (ctx) => {
    const editor = await requireMaking(hub, ctx)
    sendCourseForm(ctx, formOf(hub, editor, { name: '', fields: {} }))
  })

  router.post('/', ownPage, async (ctx) => {
    const editor = await requireMaking(hub, ctx)
    const { name = '', ...fields } = await readForm(ctx)
    await tried(ctx, formOf(hub, editor, { name, fields }), async () => {
      const definition = requireJson(fields)
      countCourseChange(hub, editor.user)
      const { row } = await makeCourse(hub, editor, { name: name.trim(), definition })
      await goBack(hub, ctx, `/hub/my-courses/${row.slug}`, {
        text: say`The course ${row.name} is made, and opens at once.`,
      })
    })
  })

  router.get('/:course', async (ctx) => {
    const { editor, made } = await requireCourse(hub, ctx)
    const fields = fieldsOf(JSON.parse(made.row.definition))
    const problems = problemsByField(
      made.problems.map(([path, message]) => ({ path, message })),
      fields,
    )
    const form = await formOfCourse(hub, editor, made, fields)
    sendCourseForm(ctx, {
      ...form,
      notice: await noticeOf(hub, ctx),
      problems: made.problems.length > 0 ? problems : form.problems,
    })
    ctx.status = 200
  })

  router.post('/:course', ownPage, async (ctx) => {
    const { editor, made } = await requireCourse(hub, ctx)
    const { version, ...fields } = await readForm(ctx)
    await tried(ctx, await formOfCourse(hub, editor, made, fields), async () => {
      requireJson(fields)
      countCourseChange(hub, editor.user)
      const definition = (before: Record<string, unknown>) => requireJson(fields, before)
      await changeCourse(hub, editor, made.row.name, { version: versionIn(version), definition })
      await reviewGuests(hub)
      await goBack(hub, ctx, `/hub/my-courses/${made.row.slug}`, { text: say`The settings are saved.` })
    })
  })

  router.post('/:course/rename', ownPage, async (ctx) => {
    const { editor, made } = await requireCourse(hub, ctx)
    const { to = '', version } = await readForm(ctx)
    countCourseChange(hub, editor.user)
    const { row } = await renameCourse(hub, editor, made.row.name, { to: to.trim(), version: versionIn(version) })
    await goBack(hub, ctx, `/hub/my-courses/${row.slug}`, { text: say`The course is ${row.name} now.` })
  })

  for (const [act, kind] of acts) {
    router.get(`/:course/${act}`, async (ctx) => {
      const { editor, made } = await requireCourse(hub, ctx)
      const { name, slug, id, version } = made.row
      const counts = {
        servers: await countServersOfCourse(hub, made.row),
        homes: await countHomesOfCourse(hub.db, id),
      }
      const { title, says, button } = questions[act](name, counts)
      const address = `/hub/my-courses/${slug}`
      sendQuestionPage(ctx, {
        ...{ user: editor.user, title, says, button, fields: { version } },
        action: `${address}/${act}`,
        keep: { href: address, text: say`Leave it as it is` },
      })
    })
    router.post(`/:course/${act}`, ownPage, async (ctx) => {
      const { editor, made } = await requireCourse(hub, ctx)
      const { version } = await readForm(ctx)
      countCourseChange(hub, editor.user)
      const { row } = await moveCourse(hub, editor, made.row.name, { kind, version: versionIn(version) })
      await goBack(hub, ctx, `/hub/my-courses/${row.slug}`, { text: doneTexts[kind](row.name) })
    })
  }

  return router
}

const acts = [
  ['archive', 'archived'],
  ['unarchive', 'unarchived'],
  ['delete', 'deleted'],
  ['restore', 'restored'],
] as const

const doneTexts = {
  archived: (name: string) => say`The course ${name} is archived.`,
  unarchived: (name: string) => say`The course ${name} is open again.`,
  deleted: (name: string) => say`The course ${name} is being deleted, and goes in a week.`,
  restored: (name: string) => say`The course ${name} is archived, and not deleted any more.`,
}

interface Counts {
  servers: number
  homes: number
}

const questions = {
  archive: (name: string) => ({
    title: say`Archive ${name}?`,
    says: [say`The course opens no more, and lists leave it out. Notebooks that are open go on, and files stay.`],
    button: say`Archive the course`,
  }),
  unarchive: (name: string) => ({
    title: say`Take ${name} out of the archive?`,
    says: [say`The course opens again as before.`],
    button: say`Open the course again`,
  }),
  delete: (name: string, { servers, homes }: Counts) => ({
    title: say`Delete ${name}?`,
    says: [
      say`Its notebooks stop at once: ${servers} of learners, those that are stopped included.`,
      homes === 0
        ? say`No files of learners are kept for it.`
        : say`In a week the files of ${ofUnit(homes, 'learner')} are removed with it.`,
      say`For a week you can take the deletion back on the page of its settings.`,
    ],
    button: say`Delete the course`,
  }),
  restore: (name: string) => ({
    title: say`Keep ${name}?`,
    says: [
      say`The course and the files of its learners stay. The course is archived; take it out of the archive to open it.`,
    ],
    button: say`Take the deletion back`,
  }),
}

async function requireMaking(hub: Hub, ctx: Koa.Context): Promise<PageEditor> {
  const editor = await editorOf(hub, ctx)
  if (mayMakeCourses(hub, editor)) return editor
  throw notForYou(ctx, editor.user, say`This page is for the people who make courses.`)
}

async function requireCourse(hub: Hub, ctx: Koa.Context): Promise<{ editor: PageEditor; made: MadeCourse }> {
  const editor = await editorOf(hub, ctx)
  const name = String(ctx.params.course)
  const made = hub.courses.made.get(name)
  if (made === undefined || !mayEdit(hub, editor, made))
    throw notForYou(ctx, editor.user, say`The settings of a course are for the people who look after it.`)
  return { editor, made: requireEditable(hub, editor, name) }
}

/** Does what a form asks for. What is wrong with the form is shown in it, and nothing that was typed is lost. */
async function tried(ctx: Koa.Context, form: CourseForm, act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    if (!(error instanceof HttpError) || error.status >= 500 || error.status === 401) throw error
    if (error instanceof SettingProblems)
      return sendCourseForm(ctx, { ...form, problems: problemsByField(error.problems, form.fields) })
    const field = error.code === 'bad_course_name' || error.code.startsWith('name_') ? 'name' : 'course'
    sendCourseForm(ctx, { ...form, problems: new Map([[field, [error.said]]]) })
  }
}

/** The place of what is wrong with the JSON itself, which has no places yet. */
const otherSettings = 'other settings'

function problemsByField(problems: SettingProblems['problems'], fields: FormFields): Map<string, Said[]> {
  const found = new Map<string, Said[]>()
  for (const { path, message } of problems) {
    const field = path.length === 0 ? 'course' : fieldOf(path, fields)
    const isPlaced = field === 'more' && path[0] !== otherSettings
    const text = sentenceOf(isPlaced ? `${path.join('.')}: ${message}` : message)
    found.set(field, [...(found.get(field) ?? []), text])
  }
  return found
}

/** Returns a problem as a sentence behind the name of its field. */
function sentenceOf(problem: string): Text {
  return textIn((language) => `${retoldClause(problem).plain(language)}.`)
}

function requireJson(fields: FormFields, before?: Record<string, unknown>): Record<string, unknown> {
  const definition = definitionOfFields(fields, before)
  if (typeof definition !== 'string') return definition
  throw new SettingProblems('bad_course', definition, [{ path: [otherSettings], message: definition }])
}

function formOf(hub: Hub, editor: PageEditor, { name, fields }: { name: string; fields: FormFields }): CourseForm {
  const { courseMaking } = hub.config
  const patterns = isFree(hub, editor) ? ['*'] : imagePatterns(courseMaking)
  return {
    user: editor.user,
    name,
    fields,
    problems: new Map(),
    images: offeredImages(hub),
    patterns,
    most: mostOf(hub, editor),
    notice: undefined,
  }
}

function mostOf(hub: Hub, editor: PageEditor): CourseForm['most'] {
  const { memory, cpu } = hub.config.courseMaking.limits
  if (isFree(hub, editor)) return {}
  const gigabytes = `${Number((memory / 2 ** 30).toFixed(2))}G`
  return { memory: say`${gigabytes} at most.`, ...(cpu !== undefined && { cpu: say`${cpu} at most.` }) }
}

async function formOfCourse(
  hub: Hub,
  editor: PageEditor,
  { row }: MadeCourse,
  fields: FormFields,
): Promise<CourseForm> {
  const { name, slug, state, version, id } = row
  const course = {
    name,
    slug,
    state,
    version,
    links: launchLinks(hub, name, undefined),
    edits: await listEdits(hub.db, id),
    content: await contentOf(hub, slug),
    opened: madeCourseOf(hub.courses, slug),
  }
  return { ...formOf(hub, editor, { name, fields }), course }
}

async function contentOf(hub: Hub, slug: string): Promise<Html | undefined> {
  const course = madeCourseOf(hub.courses, slug)
  const plan = await findPullPlan(hub.db, course?.id ?? slug)
  return contentWith(course, () => plan)
}

function contentWith(course: Course | undefined, planOf: (id: string) => PullPlan | undefined): Html | undefined {
  return course?.content && contentLine(course, planOf(course.id) ?? {})
}

function versionIn(text: string | undefined): number {
  const version = Number(text)
  if (Number.isSafeInteger(version) && version > 0) return version
  throw new HttpError(400, 'bad_form', say`This form is not whole. Open the page of the course again.`)
}
