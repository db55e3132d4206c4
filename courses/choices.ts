/**
 * The choices of a course, such as the size of its servers: for each a few alternatives, of which a learner takes one. An
 * alternative has settings that come over those of the course and of its rules.
 */
import { z } from 'zod'
import { type Said, say, type Text, textIn } from '../words/text.ts'
import { openTo } from './opening.ts'
import { type Settings, settingsShape } from './settings.ts'

/** What links say already, by these parameters. No choice can have such a name, nor one that means something to clients. */
export const linkParameters: ReadonlySet<string> = new Set([
  ...['course', 'notebook', 'tag', 'needs_gpu', 'app', 'fresh', 'forcecopy', 'to', 'next', '_xsrf', 'link', 'token'],
  ...['user_options', 'display_name'],
])

const choiceName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,30}$/, 'a choice has up to 31 of a-z, 0-9 and _, and starts with a letter')
  .refine((name) => !linkParameters.has(name) && !(name in {}), 'means something else in a link; choose another name')

/** Links are read without regard to case, so the name of an alternative has no capitals. */
const alternative = z.strictObject({
  name: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9_.-]{0,62}$/,
      'an alternative has up to 63 of a-z, 0-9, . _ - and starts with a letter or digit',
    ),
  /** The text beside its button. Default: its name. */
  title: z.string().min(1).max(100).optional(),
  /** What a learner should know before taking it, in a sentence or two. */
  description: z.string().min(1).max(300).optional(),
  /** The users who may take it, as in a course's `open`. Default: everyone who may open the course. Staff may always. */
  open: openTo.optional(),
  ...settingsShape,
})

const alternatives = z
  .array(alternative)
  .min(1)
  .max(20)
  .superRefine((all, context) => {
    all.forEach(({ name }, index) => {
      if (all.findIndex((one) => one.name === name) < index)
        context.addIssue({
          code: 'custom',
          path: [index, 'name'],
          message: `"${name}" stands there twice; take one out`,
        })
    })
  })

/** A course that offers more has no form that anyone would read, and each is looked at before learners come. */
const mostCombinations = 200

/** The alternatives of each choice by its name, which is the parameter of links: `{ size: [{ name: 'small' }, …] }`. */
export const choicesSchema = z
  .record(choiceName, alternatives)
  .refine(
    (choices) => Object.values(choices).reduce((product, all) => product * all.length, 1) <= mostCombinations,
    `can be combined in more than ${mostCombinations} ways; offer less`,
  )

export type Choices = z.output<typeof choicesSchema>
export type Alternative = z.output<typeof alternative>

/** What was taken: the names of alternatives by those of their choices. */
export type Chosen = Readonly<Record<string, string>>

/** The parameters of a link or the options of a program: what each says, as often as it was said. */
export type Asked = ReadonlyMap<string, readonly string[]>

interface WithChoices {
  choices: Choices
}

/** Returns what is asked of the choices that the course has. What is empty asks for nothing. */
export function choicesAsked({ choices }: WithChoices, asked: Asked): Record<string, readonly string[]> {
  const said = Object.keys(choices).map(
    (name) => [name, (asked.get(name) ?? []).filter((word) => word !== '')] as const,
  )
  return Object.fromEntries(said.filter(([, words]) => words.length > 0))
}

/** What was decided for a start, and what the user had chosen before and cannot have any more. */
interface Decision {
  chosen: Chosen
  lost: Chosen
}

/**
 * Returns the alternative of each choice: the one that is asked for, else the remembered one, else the first that is
 * offered. What is asked must have been checked. Pure.
 */
export function decide(offered: Choices, { asked, remembered }: { asked: Chosen; remembered: Chosen }): Decision {
  const chosen: Record<string, string> = {}
  const lost: Record<string, string> = {}
  for (const [choice, [first, ...others]] of Object.entries(offered)) {
    if (first === undefined) continue
    const before = wordFor(remembered, choice)
    const isOffered = before !== undefined && [first, ...others].some(({ name }) => name === before)
    chosen[choice] = wordFor(asked, choice) ?? (isOffered ? before : first.name)
    if (before !== undefined && !isOffered) lost[choice] = before
  }
  return { chosen, lost }
}

/** Returns the alternative's name that is said for a choice. */
export function wordFor(said: Chosen, choice: string): string | undefined {
  return Object.hasOwn(said, choice) ? said[choice] : undefined
}

/** Returns whether two of these differ in a choice that the first one names. */
export function differs(asked: Chosen, chosen: Chosen): boolean {
  return Object.entries(asked).some(([choice, word]) => wordFor(chosen, choice) !== word)
}

/** Returns the settings of what was taken, in the order in which they come over those of the course. */
export function settingsOf({ choices }: WithChoices, chosen: Chosen): Settings[] {
  return Object.entries(choices).flatMap(([choice, all]) => {
    const {
      name: _n,
      title: _t,
      description: _d,
      open: _o,
      ...settings
    } = all.find(({ name }) => name === wordFor(chosen, choice)) ?? {}
    return Object.keys(settings).length > 0 ? [settings] : []
  })
}

/** Returns all that can be taken of the choices together. Pure. */
export function everyChosen({ choices }: WithChoices): Chosen[] {
  return Object.entries(choices).reduce<Chosen[]>(
    (some, [choice, all]) => some.flatMap((chosen) => all.map(({ name }) => ({ ...chosen, [choice]: name }))),
    [{}],
  )
}

/** Returns what was taken as pages say it, in the course's order: `Size: Large`. What the course does not have any more has its name only. */
export function chosenText({ choices }: WithChoices, chosen: Chosen): Text {
  const names = new Set([...Object.keys(choices), ...Object.keys(chosen)])
  const all = [...names].flatMap((choice) => {
    const word = wordFor(chosen, choice)
    if (word === undefined) return []
    const its = Object.hasOwn(choices, choice) ? choices[choice]?.find(({ name }) => name === word) : undefined
    return [say`${choiceTitle(choice)}: ${its === undefined ? word : alternativeTitle(its)}`]
  })
  return textIn((language) => all.map((one) => one.plain(language)).join(', '))
}

/** Returns what a page calls a choice: `Size` for `size`. */
export function choiceTitle(choice: string): string {
  const words = choice.replaceAll('_', ' ')
  return words.slice(0, 1).toUpperCase() + words.slice(1)
}

export function alternativeTitle({ title, name }: Pick<Alternative, 'title' | 'name'>): string {
  return title ?? name
}

/** The choices of a server, as `Size: Large`, and the answers that it has. */
export interface ShownChoices {
  /** What the present run has, or else what the next one will have. */
  now: Said
  /** What the next start will have, where that is something else. */
  next?: Said
  /** What the user had chosen before, and cannot have any more. */
  lost?: Said
  /** Whether there is anything else that the user could choose. */
  mayChange: boolean
}

/** Returns what pages say of a server's choices. `present` is what its run has, where one is under way. Pure. */
export function shownOf(
  course: WithChoices,
  { offered, present, remembered }: { offered: Choices; present: Chosen | undefined; remembered: Chosen },
): ShownChoices {
  const { chosen, lost } = decide(offered, { asked: {}, remembered })
  return {
    now: chosenText(course, present ?? chosen),
    ...(present !== undefined && differs(chosen, present) && { next: chosenText(course, chosen) }),
    ...(Object.keys(lost).length > 0 && { lost: chosenText(course, lost) }),
    mayChange: Object.values(offered).some((all) => all.length > 1),
  }
}
