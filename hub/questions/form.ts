/** Answers as they come from a form: judged one by one, and kept. */
import { sizeText } from '../../courses/amount.ts'
import type { Course } from '../../courses/course.ts'
import { type Answers, answerProblem, answerTo, type GivenAnswer } from '../../courses/questions/answers.ts'
import { fileProblem, soundFileName } from '../../courses/questions/handed-in.ts'
import { type PatternTime, startPatternTime } from '../../courses/questions/pattern.ts'
import { type FileQuestion, questionNamed, type WrittenQuestion } from '../../courses/questions/questions.ts'
import { textProblem, tidyText } from '../../courses/questions/texts.ts'
import { retold } from '../../words/kept.ts'
import { type Said, say, type Text } from '../../words/text.ts'
import { archiveOf, bundleOf } from '../bundles/archive.ts'
import { type Bundle, handedInBytes, putBundle, removeUnnamed } from '../db/bundles/bundles.ts'
import { lockHandedIn, type Transaction } from '../db/dialect.ts'
import { rememberAnswers, rememberedAnswers } from '../db/servers/answers.ts'
import { lockUser, type User } from '../db/users.ts'
import type { Hub } from '../hub.ts'

/** A file as a form brings it. Its name is whatever a browser or a program says. */
export interface BroughtFile {
  name: string
  content: Uint8Array
}

/** What a form says of the questions of a course, by the names of these. */
export interface Filled {
  /** The questions that the form has fields for. The others stay as they are. */
  about: readonly string[]
  texts: Readonly<Record<string, string>>
  files: Readonly<Record<string, BroughtFile>>
  /** The questions whose file is to go. */
  removed: ReadonlySet<string>
}

export interface Judged {
  /** The answers that the questions take. All of them have been kept. */
  kept: Answers
  /** What was wrong with the others, in sentences, by the names of the questions. */
  problems: Record<string, Said>
}

interface NewFile {
  answer: GivenAnswer
  bundle: Bundle
  archive: Buffer
}

/**
 * Keeps the answers of a form that the course's questions take, also where others are wrong: a file need not be sent twice
 * because a number was mistyped.
 */
export async function keepAnswers(hub: Hub, user: User, course: Course, filled: Filled): Promise<Judged> {
  const files = await newFiles(course, filled.files)
  return hub.db.transaction(async (trx) => {
    if ((await lockUser(trx, user.id))?.state !== 'active') return { kept: {}, problems: {} }
    const before = await rememberedAnswers(trx, user.id, course.id)
    const all = judge(course, filled, { files, before })
    const brought = Object.keys(files).filter((name) => all.kept[name] !== undefined)
    const full = await whyFull(
      hub,
      trx,
      user,
      brought.flatMap((name) => files[name]?.bundle ?? []),
    )
    const refused = full === undefined ? [] : brought
    const kept = Object.fromEntries(Object.entries(all.kept).filter(([name]) => !refused.includes(name)))
    for (const [name, { bundle, archive }] of Object.entries(files))
      if (kept[name] !== undefined) await putBundle(trx, bundle, archive, user.id)
    await rememberAnswers(trx, { user: user.id, course: course.id, answers: kept })
    for (const name of Object.keys(kept)) {
      const replaced = answerTo(before, name)?.file?.digest
      if (replaced !== undefined && replaced !== kept[name]?.file?.digest) await removeUnnamed(trx, replaced)
    }
    const problems = { ...all.problems, ...Object.fromEntries(refused.map((name) => [name, full ?? ''])) }
    return { kept, problems }
  })
}

/** Returns the files of a form that their questions may take, each as a bundle. */
async function newFiles(course: Course, files: Filled['files']): Promise<Record<string, NewFile>> {
  const made: Record<string, NewFile> = {}
  for (const [name, { name: given, content }] of Object.entries(files)) {
    const question = questionNamed(course, name)
    const brought = { name: soundFileName(given), bytes: content.length }
    if (question?.kind !== 'file' || fileProblem(question, brought) !== undefined) continue
    const laid = [{ name: brought.name, executable: false, content: Buffer.from(content) }]
    const bundle = bundleOf(laid)
    const file = { digest: bundle.digest, bytes: content.length }
    made[name] = { answer: { text: brought.name, file }, bundle, archive: await archiveOf(laid) }
  }
  return made
}

function judge(
  course: Course,
  filled: Filled,
  { files, before }: { files: Record<string, NewFile>; before: Answers },
): Judged {
  const kept: Record<string, GivenAnswer> = {}
  const problems: Record<string, Said> = {}
  const time = startPatternTime()
  for (const name of filled.about) {
    const question = questionNamed(course, name)
    if (question === undefined) continue
    const brought = Object.hasOwn(filled.files, name) ? filled.files[name] : undefined
    const text = Object.hasOwn(filled.texts, name) ? filled.texts[name] : undefined
    const said =
      question.kind === 'file'
        ? judgeFile(question, {
            brought,
            made: files[name]?.answer,
            before: answerTo(before, name),
            isGone: filled.removed.has(name),
            time,
          })
        : text === undefined
          ? undefined
          : judgeText(question, tidyText(text), time)
    if (typeof said === 'string') problems[name] = retold(said)
    else if (said !== undefined) kept[name] = said
  }
  return { kept, problems }
}

function judgeText(question: WrittenQuestion, text: string, time: PatternTime): GivenAnswer | string {
  return textProblem(question, text, time) ?? { text }
}

/** A form without a new file leaves the one that is there, unless that is to go. */
function judgeFile(
  question: FileQuestion,
  said: {
    brought: BroughtFile | undefined
    made: GivenAnswer | undefined
    before: GivenAnswer | undefined
    isGone: boolean
    time: PatternTime
  },
): GivenAnswer | string | undefined {
  const { brought, made, before, isGone, time } = said
  if (brought !== undefined)
    return made ?? fileProblem(question, { name: soundFileName(brought.name), bytes: brought.content.length })
  const answer = before === undefined || isGone ? { text: '' } : before
  return answerProblem(question, answer, time) ?? answer
}

/** Returns why there is no room for new files. What was replaced counts until it is swept, or replacing would know no bounds. */
async function whyFull(
  { config: { limits } }: Hub,
  trx: Transaction,
  user: User,
  brought: Bundle[],
): Promise<Text | undefined> {
  if (brought.length === 0) return undefined
  await lockHandedIn(trx)
  const added = brought.reduce((sum, { bytes }) => sum + bytes, 0)
  if ((await handedInBytes(trx, user.id)) + added > limits.handedInPerUser)
    return say`Your files may have ${sizeText(limits.handedInPerUser)} together here, those that you have replaced lately too. Choose a smaller one, or try again in an hour.`
  const share = user.kind === 'temporary' ? 0.75 : 1
  if ((await handedInBytes(trx)) + added > limits.handedIn * share)
    return say`There is no room for files just now. Tell the people who run this site, or try again later.`
  return undefined
}
