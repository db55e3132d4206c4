/** What becomes of a form with answers to the questions of a course: the page's own, and that of JupyterHub's clients. */

import type Koa from 'koa'
import type { Course } from '../../../courses/course.ts'
import { say } from '../../../words/text.ts'
import { requireUser } from '../../access/account.ts'
import { requireNoMaintenance } from '../../access/maintenance.ts'
import { rememberFor } from '../../choices/decide.ts'
import { requireOffered } from '../../choices/offered.ts'
import type { User } from '../../db/users.ts'
import { HttpError } from '../../errors.ts'
import { mostBodyBytes } from '../../http/bounds.ts'
import { readingAnswers } from '../../http/limits.ts'
import { type Parts, readParts, requireShort } from '../../http/multipart.ts'
import type { Hub } from '../../hub.ts'
import { type Filled, keepAnswers } from '../../questions/form.ts'
import { allAncestors, ancestorsOf } from '../../site.ts'
import { answerPrefix, removePrefix } from '../../views/choices/answers.ts'
import { readLink } from '../jupyterhub.ts'
import { choiceLink } from './choice.ts'
import { choicesToChange, otherRun } from './course-choices.ts'
import { afterForm, choicesIn, followingOf, linkIn, sendForm } from './following.ts'

/** The characters of a wrong answer that stand on the form once more. Browsers send no more than a question takes. */
const mostTyped = 10_000

/**
 * Takes the form of a course with questions. What is right is kept, and what is not is asked for once more on the same
 * page, which goes on to say all that the user has said.
 */
export async function takeAnswers(hub: Hub, ctx: Koa.Context): Promise<void> {
  ctx.state.ancestors = allAncestors(hub)
  const user = await requireUser(hub, ctx)
  await readingForm(hub, ctx, user, async ({ fields, files }) => {
    const { link: given = '', asks, ...said } = fields
    const link = linkIn(given)
    const following = await followingOf(hub, user, link)
    const { course } = following
    ctx.state.ancestors = ancestorsOf(hub, course)
    const chosen = requireOffered(hub, user, course, { asked: choicesIn(said) })
    ctx.state.waitAt = link
    requireNoMaintenance(hub, ctx, following)
    const filled = filledIn(course, said, files)
    await rememberFor(hub, user, course, { chosen })
    const { kept, problems } = await keepAnswers(hub, user, course, filled)
    if (Object.keys(problems).length === 0) {
      ctx.status = 303
      return ctx.redirect(await afterForm(hub, { ...following, asked: chosen, answers: kept }))
    }
    const form = await choicesToChange(hub, { ...following, asked: chosen, answers: {} })
    if (form === undefined) return ctx.redirect(link)
    const typed = Object.entries(filled.texts).map(
      ([name, text]) => [name, { text: text.slice(0, mostTyped) }] as const,
    )
    const wrong = typed.filter(([name]) => problems[name] !== undefined)
    const open = { ...form, answers: { ...form.answers, ...Object.fromEntries(wrong) } }
    ctx.status = 400
    sendForm(hub, ctx, following, { open, problems, asks: asks === 'true' })
  })
}

/**
 * Keeps the files of a form of JupyterHub's, whose parts have the names of questions, with or without `_file` behind them, and
 * leads to the link that says the rest of it.
 */
export async function takeSpawnForm(hub: Hub, ctx: Koa.Context, target: string): Promise<void> {
  const user = await requireUser(hub, ctx)
  await readingForm(hub, ctx, user, async ({ fields, files }) => {
    const [path = '', ...query] = target.split('?')
    const all = new URLSearchParams(query.join('?'))
    for (const [name, value] of Object.entries(fields)) if (!all.has(name)) all.append(name, value)
    all.delete('_xsrf')
    const read = readLink(hub, all.size === 0 ? path : `${path}?${all}`)
    if (read === undefined) throw new HttpError(400, 'which_course', say`Name the course: /hub/spawn/USER/COURSE.`)
    const { link } = read
    const following = await followingOf(hub, user, link)
    const { course } = following
    const named = Object.entries(files).map(([name, file]) => [questionOf(course, name), file] as const)
    const { kept, problems } = await keepAnswers(hub, user, course, {
      ...{ about: named.map(([name]) => name), texts: {}, removed: new Set() },
      files: Object.fromEntries(named),
    })
    const [first] = Object.entries(problems)
    if (first !== undefined) throw new HttpError(400, 'bad_answer', `${first[0]}: ${first[1]}`)
    const other = await otherRun(hub, { ...following, answers: { ...following.answers, ...kept } })
    ctx.status = 303
    ctx.redirect(other === undefined ? link : choiceLink(link, 'chosen'))
  })
}

async function readingForm(
  hub: Hub,
  ctx: Koa.Context,
  user: User,
  take: (parts: Parts) => Promise<void>,
): Promise<void> {
  const bytes = Math.min(Number(ctx.get('Content-Length') || 0), mostBodyBytes(ctx.req))
  await readingAnswers(hub, { user, bytes }, async () => {
    await requireShort(ctx)
    await take(await readParts(ctx))
  })
}

/** Returns the name of the question that a part with a file means. */
function questionOf({ questions }: { questions: object }, part: string): string {
  const stem = part.replace(/_file$/, '')
  const name = [part, stem].find((one) => Object.hasOwn(questions, one))
  if (name !== undefined) return name
  throw new HttpError(400, 'no_options', say`This course asks for no file ${part.slice(0, 40)}. Leave it out.`)
}

/** Returns what the form's fields say of questions, without their prefixes. */
function filledIn(course: Course, fields: Record<string, string>, files: Parts['files']): Filled {
  const under = <T>(prefix: string, all: Record<string, T>) =>
    Object.entries(all)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value] as const)
  return {
    about: Object.keys(course.questions),
    texts: Object.fromEntries(under(answerPrefix, fields)),
    files: Object.fromEntries(under(answerPrefix, files)),
    removed: new Set(under(removePrefix, fields).map(([name]) => name)),
  }
}
