import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import { reviewGuests } from '../../access/guests.ts'
import type { MadeCourse } from '../../courses/courses.ts'
import { requireDefinition } from '../../courses/definition.ts'
import { changeCourse, makeCourse, moveCourse, type Order, renameCourse } from '../../courses/edit.ts'
import { configCoursesOf, isFree, mayEdit, mayMakeCourses, requireEditable } from '../../courses/editors.ts'
import { launchLinks, presentMade, presentOfConfig } from '../../courses/present.ts'
import { withSettingsAt } from '../../courses/settings-at.ts'
import { listEdits } from '../../db/courses/edits.ts'
import { HttpError } from '../../errors.ts'
import { queryOf, readJson } from '../../http/request.ts'
import type { Hub } from '../../hub.ts'
import { only } from '../caller.ts'
import { editorCalling, pacedEditor } from './editor.ts'

/** Values by the places of settings, such as `limits.memory`. `null` takes a setting out. */
const set = z.record(z.string().min(1).max(200), z.unknown())
const order = { version: z.int().positive().optional(), dry_run: z.boolean().default(false) }
const making = z.strictObject({
  name: z.string().max(200),
  definition: z.unknown(),
  set: set.default({}),
  dry_run: order.dry_run,
})
const replacing = z.strictObject({ definition: z.unknown(), ...order })
const setting = z.strictObject({ set, ...order })
const renaming = z.strictObject({ to: z.string().max(200), ...order })
const moving = z.strictObject(order)
const linking = z.strictObject({ file: z.string().max(1000).optional() })

/** The API of courses: for those who may make or change some, admins, and the machine's operator. */
export function coursesApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api/courses' })
  const callers = only(hub, 'admin', 'user')

  router.get('/', callers, async (ctx) => {
    const editor = editorCalling(ctx)
    await hub.courses.refresh()
    const made = [...hub.courses.made.values()].filter((one) => mayEdit(hub, editor, one))
    const ofConfig =
      editor.user === undefined || isFree(hub, editor)
        ? Object.values(hub.courses.ofConfig).filter(({ variantOf }) => variantOf === undefined)
        : configCoursesOf(hub, editor.user).filter(({ content }) => content !== undefined)
    const courses = [...ofConfig.map(presentOfConfig), ...made.map(presentMade)]
    courses.sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1))
    ctx.body = { courses, may_make: mayMakeCourses(hub, editor) }
  })

  router.post('/', callers, async (ctx) => {
    const { name, definition: given, set, dry_run: dry } = readCourseRequest(making, await readJson(ctx))
    const definition = withSettingsAt(requireDefinition(given), set)
    const made = await makeCourse(hub, pacedEditor(hub, ctx), { name, definition, dry })
    ctx.status = dry ? 200 : 201
    ctx.body = whole(made)
  })

  router.get('/:course', callers, async (ctx) => {
    await hub.courses.refresh()
    ctx.body = whole(requireEditable(hub, editorCalling(ctx), nameOf(ctx)))
  })

  router.get('/:course/edits', callers, async (ctx) => {
    await hub.courses.refresh()
    const { row } = requireEditable(hub, editorCalling(ctx), nameOf(ctx))
    const edits = await listEdits(hub.db, row.id)
    ctx.body = {
      edits: edits.map(({ kind, version, name, at, before, after }) => ({
        ...{ kind, version, by: name === '' ? 'operator' : name, at: new Date(at).toISOString() },
        before: textOf(kind, before),
        after: textOf(kind, after),
      })),
    }
  })

  router.get('/:course/links', callers, async (ctx) => {
    const { file } = readCourseRequest(linking, queryOf(ctx))
    const slug = nameOf(ctx).toLowerCase()
    const editor = editorCalling(ctx)
    await hub.courses.refresh()
    const ofConfig =
      isFree(hub, editor) && Object.hasOwn(hub.courses.ofConfig, slug) ? hub.courses.ofConfig[slug] : undefined
    const { name } = ofConfig ?? requireEditable(hub, editor, slug).row
    ctx.body = { links: launchLinks(hub, name, file) }
  })

  router.put('/:course', callers, async (ctx) => {
    const { definition, ...given } = readCourseRequest(replacing, await readJson(ctx))
    if (given.version === undefined) throw needsVersion()
    ctx.body = await done(
      changeCourse(hub, pacedEditor(hub, ctx), nameOf(ctx), { ...orderOf(given), definition: () => definition }),
    )
  })

  router.patch('/:course', callers, async (ctx) => {
    const { set, ...given } = readCourseRequest(setting, await readJson(ctx))
    const definition = (before: Record<string, unknown>) => withSettingsAt(before, set)
    ctx.body = await done(changeCourse(hub, pacedEditor(hub, ctx), nameOf(ctx), { ...orderOf(given), definition }))
  })

  router.post('/:course/rename', callers, async (ctx) => {
    const { to, ...given } = readCourseRequest(renaming, await readJson(ctx))
    ctx.body = await done(renameCourse(hub, pacedEditor(hub, ctx), nameOf(ctx), { ...orderOf(given), to }))
  })

  const move = (kind: 'archived' | 'unarchived' | 'deleted' | 'restored') => async (ctx: Koa.Context) => {
    const given = orderOf(readCourseRequest(moving, await readJson(ctx)))
    ctx.body = await done(moveCourse(hub, pacedEditor(hub, ctx), nameOf(ctx), { ...given, kind }))
  }
  router.post('/:course/archive', callers, move('archived'))
  router.post('/:course/unarchive', callers, move('unarchived'))
  router.post('/:course/restore', callers, move('restored'))
  router.delete('/:course', callers, move('deleted'))

  /** Has guests leave at once whom the change allows no more. */
  async function done(changing: Promise<MadeCourse>) {
    const made = await changing
    await reviewGuests(hub)
    return whole(made)
  }

  return router
}

function whole(made: MadeCourse) {
  return { ...presentMade(made), definition: JSON.parse(made.row.definition) }
}

function orderOf({ version, dry_run: dry }: { version?: number | undefined; dry_run: boolean }): Order {
  return { version, dry }
}

function textOf(kind: string, text: string | undefined): unknown {
  if (text === undefined) return null
  return kind === 'renamed' ? text : JSON.parse(text)
}

function nameOf(ctx: Koa.Context): string {
  return String(ctx.params.course)
}

function readCourseRequest<T>(schema: z.ZodType<T>, input: unknown): T {
  const read = schema.safeParse(input)
  if (read.success) return read.data
  throw new HttpError(400, 'bad_course_request', z.prettifyError(read.error))
}

function needsVersion(): HttpError {
  return new HttpError(
    428,
    'version_needed',
    'Say the version that you have seen, so that nothing is lost that others have changed meanwhile.',
  )
}
