/** Makes courses and changes them, in the database. Each change names the version that it changes. */

import { courseName } from '../../courses/course.ts'
import { retoldClause } from '../../words/kept.ts'
import { say, sentences } from '../../words/text.ts'
import { findAlias, moveAlias } from '../db/courses/aliases.ts'
import {
  addCatalogueCourse,
  type CatalogueChange,
  type CatalogueCourse,
  changeCatalogueCourse,
  countMadeBy,
  findCatalogueCourse,
  hasCatalogueId,
} from '../db/courses/catalogue.ts'
import { addEdit, type EditKind } from '../db/courses/edits.ts'
import type { Transaction } from '../db/dialect.ts'
import { addEvent, type EventKind } from '../db/events.ts'
import { countHomesOfCourse } from '../db/homes/homes-of-courses.ts'
import { nextCatalogueRevision } from '../db/installation.ts'
import { countServersOf } from '../db/servers/servers.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import type { MadeCourse } from './courses.ts'
import { changedSettings, type GivenDefinition, requireDefinition, requireSound } from './definition.ts'
import { type Editor, isFree, requireEditable, requireMaker } from './editors.ts'
import { withOfferedImage } from './offered-images.ts'
import { forgetRepository } from './repository.ts'
import { definitionsUnder, variantSlugs } from './variant-slugs.ts'

/** The place of a page beside those of the courses that people make, `/hub/my-courses/new`. */
const ownPage = 'new'

/** How long a deletion can be taken back. */
export const deletionMilliseconds = 7 * 24 * 3600_000

export interface Order {
  /** The version that the editor has seen. Default: the present one. */
  version?: number | undefined
  /** Only looks whether it could be done. */
  dry?: boolean | undefined
}

/** Makes a course. Throws `HttpError` for one that may not be made, with all that is wrong with it. */
export async function makeCourse(
  hub: Hub,
  editor: Editor,
  { name, definition: given, dry = false }: { name: string; definition: unknown; dry?: boolean },
): Promise<MadeCourse> {
  requireMaker(hub, editor)
  const slug = requireName(name)
  const definition = withOfferedImage(hub, withMaker(requireDefinition(given), editor), slug)
  const free = isFree(hub, editor)
  const granted = free ? Object.keys(definition) : []
  const named = { name, id: slug, granted, maker: editor.name }
  await hub.courses.refresh()
  const course = requireSound(hub, named, definition)
  const made = await hub.db.transaction(async (trx) => {
    const revision = await nextCatalogueRevision(trx)
    await requireHolding(trx, editor)
    await requireFreeName(hub, trx, slug)
    if (await hasCatalogueId(trx, slug)) throw taken(name)
    if (!free) await requireRoom(hub, trx, editor, slug, definition)
    if (dry) return
    const text = JSON.stringify(definition)
    const row = { ...named, slug, state: 'active' as const, definition: text, revision }
    await forgetRepository(trx, named)
    await addCatalogueCourse(trx, { ...row, madeBy: editor.id, changer: editor.name })
    await note(trx, editor, { id: slug, slug, version: 1 }, 'made', { after: text })
    return true
  })
  if (made === undefined)
    return { row: previewOf(editor, { ...named, slug, definition: JSON.stringify(definition) }), course, problems: [] }
  hub.log.info({ course: name, by: editor.id }, 'a course was made')
  return present(hub, slug)
}

/** A person who makes a course is staff of it. */
function withMaker(definition: GivenDefinition, { name, user }: Editor): GivenDefinition {
  const { staff = [] } = definition
  if (user === undefined || !Array.isArray(staff) || staff.includes(name)) return definition
  return { ...definition, staff: [...staff, name] }
}

/** Gives a course another definition. What an admin has decided stays allowed until others change it. */
export async function changeCourse(
  hub: Hub,
  editor: Editor,
  name: string,
  { definition, version, dry }: Order & { definition(before: GivenDefinition): unknown },
): Promise<MadeCourse> {
  const { row } = await editable(hub, editor, name)
  requireVersion(row, version)
  const before: GivenDefinition = JSON.parse(row.definition)
  const after = requireDefinition(definition(before))
  const changed = changedSettings(before, after)
  const kept = row.granted.filter((setting) => !changed.includes(setting))
  const granted = isFree(hub, editor) ? [...new Set([...kept, ...changed])] : kept
  const course = requireSound(hub, { ...row, granted }, after)
  if (changed.length === 0) return present(hub, row.slug)
  const text = JSON.stringify(after)
  const act = async (trx: Transaction) => {
    if (!isFree(hub, editor)) await requireUnusedVariants(trx, row, before, after)
  }
  if (dry) {
    await hub.db.transaction(act)
    return { row: { ...row, definition: text }, course, problems: [] }
  }
  await change(hub, editor, row, 'changed', { definition: text, granted }, { before: row.definition, after: text }, act)
  return present(hub, row.slug)
}

/** Gives a course another name. Links with the old one go on, and learners find their files again. */
export async function renameCourse(
  hub: Hub,
  editor: Editor,
  name: string,
  { to, version, dry }: Order & { to: string },
): Promise<MadeCourse> {
  const { row } = await editable(hub, editor, name)
  requireVersion(row, version)
  const slug = requireName(to)
  const free = isFree(hub, editor)
  const definition: GivenDefinition = JSON.parse(row.definition)
  requireSound(hub, { ...row, name: to }, definition)
  const act = async (trx: Transaction) => {
    if (slug === row.slug) return
    await requireFreeName(hub, trx, slug, row.id)
    if (!free) await requireUnusedByOthers(trx, row, slug, definition)
    if (!dry) await moveAlias(trx, { slug: row.slug, name: row.name, course: row.id }, slug)
  }
  if (dry) {
    await hub.db.transaction(act)
    return present(hub, row.slug)
  }
  await change(hub, editor, row, 'renamed', { name: to, slug }, { before: row.name, after: to }, act)
  return present(hub, slug)
}

const moves = {
  archived: { from: 'active', to: 'archived', refusal: 'is archived already' },
  unarchived: { from: 'archived', to: 'active', refusal: 'is not archived' },
  deleted: { from: undefined, to: 'deleted', refusal: 'is being deleted already' },
  restored: { from: 'deleted', to: 'archived', refusal: 'is not being deleted' },
} as const

/**
 * Archives a course, deletes it, or takes that back. A course that is deleted goes seven days later with its homes; its
 * servers stop at once. One that is taken back is archived.
 */
export async function moveCourse(
  hub: Hub,
  editor: Editor,
  name: string,
  { kind, version, dry }: Order & { kind: keyof typeof moves },
): Promise<MadeCourse> {
  const { row } = await editable(hub, editor, name)
  requireVersion(row, version)
  const { from, to, refusal } = moves[kind]
  if (from === undefined ? row.state === to : row.state !== from)
    throw new HttpError(409, 'wrong_state', `${row.name} ${refusal}.`)
  if (dry) return present(hub, row.slug)
  await change(hub, editor, row, kind, { state: to, ...(to === 'deleted' && { goesIn: deletionMilliseconds }) }, {})
  return present(hub, row.slug)
}

async function editable(hub: Hub, editor: Editor, name: string): Promise<MadeCourse> {
  await hub.courses.refresh()
  return requireEditable(hub, editor, name)
}

async function change(
  hub: Hub,
  editor: Editor,
  row: CatalogueCourse,
  kind: EditKind,
  values: Omit<CatalogueChange, 'revision' | 'changer'>,
  texts: { before?: string; after?: string },
  also: (trx: Transaction) => Promise<void> = async () => undefined,
): Promise<void> {
  await hub.db.transaction(async (trx) => {
    const revision = await nextCatalogueRevision(trx)
    await requireHolding(trx, editor)
    await also(trx)
    if (!(await changeCatalogueCourse(trx, row, { ...values, revision, changer: editor.name })))
      throw changedMeanwhile(await findCatalogueCourse(trx, row.slug))
    await note(trx, editor, { ...row, slug: values.slug ?? row.slug, version: row.version + 1 }, kind, texts)
  })
  hub.log.info({ course: row.name, by: editor.id }, `a course was ${kind}`)
}

/** Adds a line to what is known of the course, and one to the history of the site. */
async function note(
  trx: Transaction,
  { id: by, name }: Editor,
  { id, slug, version }: Pick<CatalogueCourse, 'id' | 'slug' | 'version'>,
  kind: EditKind,
  texts: { before?: string; after?: string },
): Promise<void> {
  await addEdit(trx, id, { kind, version, by, name, before: texts.before, after: texts.after })
  await addEvent(trx, { kind: `course-${kind}` satisfies EventKind, course: slug, detail: { by, version, id } })
}

/** Returns a course as it is now. */
async function present(hub: Hub, slug: string): Promise<MadeCourse> {
  await hub.courses.refresh()
  const made = hub.courses.made.get(slug)
  if (made === undefined) throw new HttpError(404, 'unknown_made_course', say`This course is not there any more.`)
  return made
}

function previewOf(
  { id, name }: Editor,
  row: Pick<CatalogueCourse, 'id' | 'name' | 'slug' | 'definition' | 'granted' | 'maker'>,
): CatalogueCourse {
  const times = { made: 0, changed: 0, goes: undefined }
  return { ...row, ...times, state: 'active', version: 0, revision: 0, madeBy: id, changer: name }
}

function requireName(name: string): string {
  const [problem] = courseName.safeParse(name).error?.issues ?? []
  if (name.toLowerCase() === ownPage)
    throw new HttpError(400, 'bad_course_name', say`The page for a new course is "${ownPage}": take another name.`)
  if (problem === undefined) return name.toLowerCase()
  throw new HttpError(400, 'bad_course_name', say`This is no name of a course: ${retoldClause(problem.message)}.`)
}

function requireVersion(row: CatalogueCourse, version: number | undefined): void {
  if (version !== undefined && version !== row.version) throw changedMeanwhile(row)
}

function changedMeanwhile(row: CatalogueCourse | undefined): HttpError {
  const what = row?.changer
    ? say`The course was changed meanwhile by ${row.changer}, so nothing was done.`
    : say`The course was changed meanwhile, so nothing was done.`
  const now = row && say`It has version ${row.version} now.`
  return new HttpError(
    409,
    'changed_meanwhile',
    sentences([what, now, say`Look at it, and make your change to what is there.`]),
  )
}

async function requireHolding(trx: Transaction, { precondition }: Editor): Promise<void> {
  if (await precondition(trx)) return
  throw new HttpError(
    401,
    'signed_out',
    say`You were signed out meanwhile, so nothing was done. Sign in and try again.`,
  )
}

/** Throws where a course has the name, or had it, or keeps its homes under it. In a transaction that holds the catalogue. */
async function requireFreeName({ courses }: Hub, trx: Transaction, slug: string, own?: string): Promise<void> {
  const isOfConfig = Object.values(courses.ofConfig).some((course) => course.slug === slug || course.id === slug)
  const known = courses.all[slug]
  const row = await findCatalogueCourse(trx, slug)
  const alias = await findAlias(trx, slug)
  const isOther = row !== undefined && row.id !== own
  const wasOther = alias !== undefined && alias.course !== own
  const isVariant = known?.variantOf !== undefined && known.id !== own
  if (isOfConfig || isOther || wasOther || isVariant) throw taken(slug)
  if (slug !== own && (await hasCatalogueId(trx, slug))) throw taken(slug)
}

function taken(name: string): HttpError {
  return new HttpError(409, 'name_taken', say`A course has the name "${name}", or had it: take another one.`)
}

/** Throws where a maker has as many courses as allowed, or where learners of an earlier course have something under the name. */
async function requireRoom(
  { config }: Hub,
  trx: Transaction,
  editor: Editor,
  slug: string,
  definition: GivenDefinition,
): Promise<void> {
  const { most } = config.courseMaking
  if ((await countMadeBy(trx, editor.id)) >= most)
    throw new HttpError(
      409,
      'too_many_courses',
      say`You have made ${most} courses, which is the most: change one of them, or ask the operator.`,
    )
  await requireUnused(trx, slug, definition)
}

/**
 * Throws where learners have something under the name, or a notebook under that of a variant: staff of a new course could
 * open what belongs to an earlier one.
 */
async function requireUnused(trx: Transaction, slug: string, definition: GivenDefinition): Promise<void> {
  const servers = await countServersOf(trx, [slug, ...variantSlugs(slug, definition)])
  if (servers > 0 || (await countHomesOfCourse(trx, slug)) > 0) throw inUse(slug)
}

/** Throws for a new name as `requireUnused` does, but for what the course has given learners when it had the name before. */
async function requireUnusedByOthers(
  trx: Transaction,
  row: CatalogueCourse,
  slug: string,
  definition: GivenDefinition,
): Promise<void> {
  const hadName = slug === row.id || (await findAlias(trx, slug))?.course === row.id
  if (!hadName) return requireUnused(trx, slug, definition)
  if (slug !== row.id && (await countHomesOfCourse(trx, slug)) > 0) throw inUse(slug)
  await requireOwnVariants(trx, row, slug, variantSlugs(slug, definition))
}

/** Throws where a change names a variant under whose name learners have notebooks that this course has not given them. */
async function requireUnusedVariants(
  trx: Transaction,
  row: CatalogueCourse,
  before: GivenDefinition,
  after: GivenDefinition,
): Promise<void> {
  const { slug } = row
  const had = variantSlugs(slug, before)
  const named = variantSlugs(slug, after).filter((one) => !had.includes(one))
  await requireOwnVariants(trx, row, slug, named)
}

/** Throws where learners have notebooks under one of these names of variants that the course has not given them under this slug. */
async function requireOwnVariants(
  trx: Transaction,
  row: CatalogueCourse,
  slug: string,
  named: string[],
): Promise<void> {
  if ((await countServersOf(trx, named)) === 0) return
  const all = await definitionsUnder(trx, row, slug)
  const own = new Set(all.flatMap((definition) => variantSlugs(slug, definition)))
  for (const one of named) if (!own.has(one) && (await countServersOf(trx, [one])) > 0) throw inUse(one)
}

function inUse(slug: string): HttpError {
  return new HttpError(
    409,
    'name_in_use',
    say`Learners have or had files or notebooks of an earlier course "${slug}": take another name, or ask the operator to make it.`,
  )
}
