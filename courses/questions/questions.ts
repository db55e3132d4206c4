/**
 * The questions of a course, which a user answers before a start: a text or a number, which the server finds in a variable
 * of its environment, or a file. What a user may answer, the course says; an answer is never more than data.
 */
import { z } from 'zod'
import { linkParameters } from '../choices.ts'
import { bytes } from '../fields.ts'
import { folderPath } from '../files.ts'
import { type PatternTime, patternProblem, startPatternTime } from './pattern.ts'
import { reservedVariable } from './reserved.ts'
import { textProblem } from './texts.ts'

const questionName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,30}$/, 'a question has up to 31 of a-z, 0-9 and _, and starts with a letter')
  .refine((name) => !linkParameters.has(name) && !(name in {}), 'means something else in a link; choose another name')

/** A variable that may hold what any user has written. */
const variable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'is a name of a variable like REPO: letters, digits and _')
  .refine(
    (name) => !reservedVariable(name),
    'means something to programs, Jupyter or the image, and what a user has written would decide it; choose a name of your own',
  )

const shared = {
  /** The question as pages say it. Default: its name. */
  title: z.string().min(1).max(100).optional(),
  /** What a user should know to answer it, in a sentence or two. */
  description: z.string().min(1).max(300).optional(),
  /** Whether nothing starts without an answer. Default: the form asks once, and an answer may be left out. */
  required: z.boolean().default(false),
}

const textQuestion = z.strictObject({
  kind: z.literal('text'),
  ...shared,
  /** The variable that has the answer. It is not there where there is none. */
  env: variable,
  /**
   * The form of an answer, as a regular expression of JavaScript (with the flag `v`) for the whole of it, like
   * `https://git\\.example\\.org/.+`. All those of a request have 50 milliseconds together, and what needs more is not taken.
   */
  pattern: z.string().min(1).max(500).optional(),
  /** The most characters of an answer. */
  maxLength: z.int().min(1).max(2000).default(200),
  /** Whether an answer may have several lines. */
  lines: z.boolean().default(false),
  /** The answer of a user who gives none, which stands on the form at first. */
  default: z.string().min(1).optional(),
})

const numberQuestion = z
  .strictObject({
    kind: z.literal('number'),
    ...shared,
    /** The variable that has the answer. It is not there where there is none. */
    env: variable,
    min: z.number().optional(),
    max: z.number().optional(),
    /** Whether a number may have a fraction, with a point. */
    fractions: z.boolean().default(false),
    /** The answer of a user who gives none, which stands on the form at first. */
    default: z.number().optional(),
  })
  .superRefine((question, context) => {
    if (question.min !== undefined && question.max !== undefined && question.min > question.max)
      context.addIssue({ code: 'custom', path: ['max'], message: 'is less than min: no number would do' })
  })

/** The most that the files of one course, and so one form, may hold. */
export const mostUploadBytes = 10 * 2 ** 20

const fileQuestion = z
  .strictObject({
    kind: z.literal('file'),
    ...shared,
    /** The folder in which servers find the file, read-only and under its own name. Nothing else is in it. */
    path: folderPath.optional(),
    /** `home`: the file is copied into the home instead, where that has none of its name, as the files of an image are. */
    into: z.literal('home').optional(),
    /** The variable that has the path of the file. Only with `path`. */
    env: variable.optional(),
    /** Endings of names: `['.csv', '.tsv']`. Default: any. What a browser says a file to be does not count. */
    accept: z
      .array(z.string().regex(/^\.[a-z0-9]{1,16}$/, 'is the end of a name in small letters, like .csv'))
      .min(1)
      .optional(),
    /** The most bytes of the file, up to `10M`. */
    maxBytes: bytes.default(2 ** 20),
  })
  .superRefine(({ path, into, env, maxBytes }, context) => {
    const issue = (place: string, message: string) => context.addIssue({ code: 'custom', path: [place], message })
    if (path === undefined && into === undefined)
      issue('path', "is needed: say the folder in which servers find the file, like /srv/data, or into: 'home'")
    if (path !== undefined && into !== undefined)
      issue('into', 'goes with no path: the file is read-only in a folder of its own, or copied into the home')
    if (into !== undefined && env !== undefined) issue('env', 'goes only with path, which it would hold')
    if (maxBytes > mostUploadBytes)
      issue('maxBytes', `is more than ${mostUploadBytes / 2 ** 20}M, the most for files that users hand in with a form`)
  })

const mostQuestions = 20

/** The questions by their names, which are parameters of links too: `{ repo: { kind: 'text', env: 'REPO' } }`. */
export const questionsSchema = z
  .record(questionName, z.discriminatedUnion('kind', [textQuestion, numberQuestion, fileQuestion]))
  .refine((all) => Object.keys(all).length <= mostQuestions, {
    message: `are more than ${mostQuestions}, which is the most of one form`,
    abort: true,
  })
  .superRefine((all, context) => {
    const time = startPatternTime()
    for (const [name, question] of Object.entries(all)) {
      const issue = (place: string, message: string) =>
        context.addIssue({ code: 'custom', path: [name, place], message })
      if (question.kind === 'file') continue
      const pattern = question.kind === 'text' ? question.pattern : undefined
      const wrong = pattern === undefined ? undefined : (patternProblem(pattern) ?? slowProblem(pattern, time))
      if (wrong !== undefined) issue('pattern', wrong)
      else refuseDefault(question, time, issue)
    }
  })

export type Questions = z.output<typeof questionsSchema>
export type CourseQuestion = Questions[string]
export type FileQuestion = Extract<CourseQuestion, { kind: 'file' }>
/** A question whose answer is written, and may stand in a link. */
export type WrittenQuestion = Exclude<CourseQuestion, FileQuestion>

export interface WithQuestions {
  questions: Questions
}

function slowProblem(pattern: string, time: PatternTime): string | undefined {
  return time.isQuick(pattern)
    ? undefined
    : 'takes too long for some texts, together with the patterns before it; write it so that it has one way only to match a text, like a+ in the place of (a+)+'
}

function refuseDefault(
  question: WrittenQuestion,
  time: PatternTime,
  issue: (place: string, message: string) => void,
): void {
  const given = question.default
  const problem = given === undefined ? undefined : textProblem(question, String(given), time)
  if (problem !== undefined) issue('default', `is no answer that the question takes: ${problem}`)
}

/** Returns the question of this name. */
export function questionNamed({ questions }: WithQuestions, name: string): CourseQuestion | undefined {
  return Object.hasOwn(questions, name) ? questions[name] : undefined
}

/** Returns what a page calls a question: its title, else `Repo url` for `repo_url`. */
export function questionTitle(name: string, { title }: Pick<CourseQuestion, 'title'>): string {
  const words = name.replaceAll('_', ' ')
  return title ?? words.slice(0, 1).toUpperCase() + words.slice(1)
}
