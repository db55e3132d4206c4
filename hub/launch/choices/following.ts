/** What the pages about a link share: which link it is, the form that stands in its way, and where a browser goes after it. */

import type Koa from 'koa'
import type { Asked } from '../../../courses/choices.ts'
import type { Answers } from '../../../courses/questions/answers.ts'
import { type Said, say } from '../../../words/text.ts'
import { rememberedFor } from '../../choices/decide.ts'
import { requireOffered } from '../../choices/offered.ts'
import { rememberedAnswers } from '../../db/servers/answers.ts'
import type { User } from '../../db/users.ts'
import { HttpError } from '../../errors.ts'
import { isFramed } from '../../http/request.ts'
import type { Hub } from '../../hub.ts'
import { requireAnswers } from '../../questions/asked.ts'
import { answersForStart } from '../../questions/decide.ts'
import { ancestorsOf } from '../../site.ts'
import { fieldPrefix, sendChoicesPage } from '../../views/choices/course-choices.ts'
import { courseFor, withoutChoices } from '../course.ts'
import { isLink, parseLink } from '../jupyterhub.ts'
import { choiceLink, type Following } from './choice.ts'
import { type OpenChoices, otherRun } from './course-choices.ts'

/** Returns what follows from a link for the user, who may open its course. Throws where the link asks for what the user may not have. */
export async function followingOf(hub: Hub, user: User, link: string): Promise<Following> {
  const entry = parseLink(link)
  const course = await courseFor(hub, user, entry, link)
  const answers = requireAnswers(course, entry)
  return { user, course, entry, link, asked: requireOffered(hub, user, course, entry), answers }
}

/** Returns the same with all that the user has chosen and answered, as if the link said it. What it does say comes first. */
export async function asRemembered(hub: Hub, following: Following): Promise<Following> {
  const { user, course } = following
  const asked = { ...(await rememberedFor(hub, user, course)), ...following.asked }
  const { open } = await answersForStart(hub, user, course)
  const sound = Object.entries(await rememberedAnswers(hub.db, user.id, course.id)).filter(
    ([name]) => !open.includes(name),
  )
  const its = sound.filter(([name]) => Object.hasOwn(course.questions, name))
  const answers: Answers = { ...Object.fromEntries(its), ...following.answers }
  return { ...following, asked, answers }
}

export interface FormOnPage {
  open: OpenChoices
  /** Whether the link waits for it. */
  asks: boolean
  problems?: Readonly<Record<string, Said>>
}

export function sendForm(hub: Hub, ctx: Koa.Context, following: Following, form: FormOnPage): void {
  sendChoicesPage(ctx, { ...sharedOf(hub, ctx, following), ...form })
}

export function sharedOf(hub: Hub, ctx: Koa.Context, { course, link }: Following) {
  return { course, link, ancestors: ancestorsOf(hub, course), framed: isFramed(ctx) }
}

/** Returns the choices on a form by their names. */
export function choicesIn(fields: Record<string, string>): Asked {
  const given = Object.entries(fields).filter(([name]) => name.startsWith(fieldPrefix))
  return new Map(given.map(([name, word]) => [name.slice(fieldPrefix.length), [word]]))
}

/** Returns where a browser goes that has sent the form: on with the link, or to the question about what runs. */
export async function afterForm(hub: Hub, following: Following): Promise<string> {
  const link = withoutChoices(following.course, following.link)
  return (await otherRun(hub, following)) === undefined ? link : choiceLink(link, 'chosen')
}

/** Returns an entry link from outside; throws when it is none. */
export function linkIn(text: string): string {
  const isOurs = /^\/(?![/\\])[\x21-\x7e]*$/.test(text) && !text.includes('\\')
  if (isOurs && isLink(text)) return text
  throw new HttpError(400, 'not_an_entry', say`This address opens no notebook. Open the link once more.`)
}
