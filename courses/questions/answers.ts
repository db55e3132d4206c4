/** Answers to the questions of a course: which of them a start has, and what servers find of them. Pure. */
import { type Said, say, type Text, textIn } from '../../words/text.ts'
import { sizeText } from '../amount.ts'
import type { Asked } from '../choices.ts'
import { fileProblem } from './handed-in.ts'
import { type PatternTime, startPatternTime } from './pattern.ts'
import {
  type CourseQuestion,
  type FileQuestion,
  questionNamed,
  questionTitle,
  type WithQuestions,
} from './questions.ts'
import { textProblem } from './texts.ts'

/** An answer: a text as it was written, or the name of a file and where it is kept. An empty text says that there is none. */
export interface GivenAnswer {
  text: string
  file?: KeptFile | undefined
}

interface KeptFile {
  /** The bundle that has the file alone. */
  digest: string
  bytes: number
}

/** Answers by the names of their questions. */
export type Answers = Readonly<Record<string, GivenAnswer>>

/** What was decided for a start. */
export interface AnswersOfStart {
  /** The answers that there are, also those that the course gives itself. */
  answers: Answers
  /** The questions without which nothing starts, and that have no answer. */
  missing: string[]
  /** The questions that the user has not answered, or not in a way that they take now. */
  open: string[]
}

/**
 * Returns the answers of a start: what is asked for and has been checked, else what is remembered, else the course's own.
 * What is remembered is judged anew, since its question may have changed; `time` is shared where that is done for several courses.
 */
export function answersGiven(
  course: WithQuestions,
  { asked, remembered, time = startPatternTime() }: { asked: Answers; remembered: Answers; time?: PatternTime },
): AnswersOfStart {
  const answers: Record<string, GivenAnswer> = {}
  const [missing, open]: [string[], string[]] = [[], []]
  for (const [name, question] of Object.entries(course.questions)) {
    const said = answerTo(asked, name) ?? soundAnswer(question, answerTo(remembered, name), time)
    if (said === undefined) open.push(name)
    const answer = said ?? ownAnswer(question)
    if (answer !== undefined && answer.text !== '') answers[name] = answer
    else if (question.required) missing.push(name)
  }
  return { answers, missing, open }
}

export function answerTo(answers: Answers, name: string): GivenAnswer | undefined {
  return Object.hasOwn(answers, name) ? answers[name] : undefined
}

/** Returns a remembered answer if the question still takes it. */
function soundAnswer(
  question: CourseQuestion,
  answer: GivenAnswer | undefined,
  time: PatternTime,
): GivenAnswer | undefined {
  return answer === undefined || answerProblem(question, answer, time) !== undefined ? undefined : answer
}

/** Returns what is wrong with an answer, in a sentence for its user; undefined where the question takes it. */
export function answerProblem(
  question: CourseQuestion,
  { text, file }: GivenAnswer,
  time: PatternTime,
): string | undefined {
  if (question.kind !== 'file') return file === undefined ? textProblem(question, text, time) : 'An answer is needed.'
  if (file !== undefined) return fileProblem(question, { name: text, bytes: file.bytes })
  return question.required || text !== '' ? 'Choose a file.' : undefined
}

function ownAnswer(question: CourseQuestion): GivenAnswer | undefined {
  return question.kind === 'file' || question.default === undefined ? undefined : { text: String(question.default) }
}

/** Returns whether a run with `present` has what is asked for. To ask for nothing is to ask for no answer. */
export function hasAnswers(present: Answers, asked: Answers): boolean {
  return Object.entries(asked).every(([name, answer]) => {
    const its = answerTo(present, name)
    return (its?.text ?? '') === answer.text && its?.file?.digest === answer.file?.digest
  })
}

/** Returns what is asked of the course's questions, each as often as it was said. What is empty asks for nothing. */
export function questionsAsked({ questions }: WithQuestions, asked: Asked): Record<string, readonly string[]> {
  const said = Object.keys(questions).map(
    (name) => [name, (asked.get(name) ?? []).filter((text) => text.trim() !== '')] as const,
  )
  return Object.fromEntries(said.filter(([, texts]) => texts.length > 0))
}

/** A folder of a server with one file that a user has handed in. */
interface FileFolder {
  digest: string
  path: string
  into: 'read-only' | 'home'
}

/** Returns the folders with the files of a start. */
export function answerFolders(course: WithQuestions, answers: Answers): FileFolder[] {
  return filesOf(course, answers).map(({ name, question, answer }) => ({
    digest: answer.file.digest,
    path: question.path ?? `/srv/carrel/answers/${name}`,
    into: question.into ?? 'read-only',
  }))
}

/** Returns the variables with the paths of files, as containers see them. */
export function fileVariables(course: WithQuestions, answers: Answers): Record<string, string> {
  return Object.fromEntries(
    filesOf(course, answers).flatMap(({ question: { env, path }, answer }) =>
      env === undefined || path === undefined ? [] : [[env, `${path}/${answer.text}`]],
    ),
  )
}

/** Returns the variables that hold what a user has written. Nothing in them is replaced, whatever it looks like. */
export function writtenVariables(course: WithQuestions, answers: Answers): Record<string, string> {
  return Object.fromEntries(
    Object.entries(answers).flatMap(([name, { text }]) => {
      const question = questionNamed(course, name)
      return question === undefined || question.kind === 'file' ? [] : [[question.env, text]]
    }),
  )
}

type FileAnswer = { name: string; question: FileQuestion; answer: GivenAnswer & { file: KeptFile } }

function filesOf(course: WithQuestions, answers: Answers): FileAnswer[] {
  return Object.entries(answers).flatMap(([name, { text, file }]) => {
    const question = questionNamed(course, name)
    return question?.kind === 'file' && file !== undefined ? [{ name, question, answer: { text, file } }] : []
  })
}

const mostShown = 60

/** Returns answers as pages say them, in the course's order: `Dataset: sales.csv (12 kB)`. */
export function answersText(course: WithQuestions, answers: Answers): Text {
  const names = new Set([...Object.keys(course.questions), ...Object.keys(answers)])
  const all = [...names].flatMap((name) => {
    const answer = answerTo(answers, name)
    if (answer === undefined) return []
    return [say`${questionTitle(name, questionNamed(course, name) ?? {})}: ${answerText(answer)}`]
  })
  return textIn((language) => all.map((one) => one.plain(language)).join(', '))
}

/** Returns one answer in a line. */
export function answerText({ text, file }: GivenAnswer): Said {
  if (text === '') return say`none`
  if (file !== undefined) return say`${text} (${sizeText(file.bytes)})`
  const line = [...text.replaceAll(/\s+/g, ' ')]
  return line.length <= mostShown ? line.join('') : `${line.slice(0, mostShown).join('')} …`
}
