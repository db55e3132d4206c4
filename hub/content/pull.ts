/** Brings the content of a course: from the repository's commit to its index in the database, where the commit then counts. */

import { createHash } from 'node:crypto'
import { bytesText } from '../../courses/amount.ts'
import type { BroughtBundle } from '../../courses/content/brought.ts'
import { hasReadOnlyText } from '../../courses/content/content.ts'
import { wholeTop } from '../../courses/content/laid.ts'
import type { GitCommit, GitFile, GitSource } from '../../git/git.ts'
import { observeFor } from '../../metrics/histogram.ts'
import { kept } from '../../words/kept.ts'
import { contentBundles } from '../bundles/content.ts'
import { renewBundles } from '../db/bundles/bundles.ts'
import { holdBlobs } from '../db/content/blobs.ts'
import { type Content, type ContentProblem, findContent, putContent } from '../db/content/brought.ts'
import { wantRound } from '../db/content/follows.ts'
import { type IndexedNotebook, listNotebooks, putNotebooks } from '../db/content/notebooks.ts'
import { findPullPlan, notePull, postponePull } from '../db/content/pulls.ts'
import { putWholeNotebooks } from '../db/content/whole-notebooks.ts'
import type { Database, Transaction } from '../db/dialect.ts'
import { addEvent } from '../db/events.ts'
import { nextCatalogueRevision } from '../db/installation.ts'
import { type ContentPull, type JobHold, wantJob } from '../db/jobs/jobs.ts'
import { messageOf } from '../errors.ts'
import { withCredentials } from '../git-keys/credentials.ts'
import { courseOwner } from '../git-keys/target.ts'
import type { Hub } from '../hub.ts'
import { carryJob, type JobOutcome, type JobProblem } from '../jobs/carry.ts'
import type { JobLog } from '../jobs/job-log.ts'
import type { JobWork } from '../jobs/work.ts'
import { pullBounds } from '../metrics/counters.ts'
import { type CourseWithContent, contentDigest, coursesWithContent, sourceOfCourse } from './courses.ts'
import { nextPullIn } from './due.ts'
import { readIndex } from './read-index.ts'
import { openReader } from './reader.ts'
import { settingsOfCommit } from './settings-of-commit.ts'
import { pullCancelled } from './told.ts'

/** The longest time of one try. */
const minutes = 60

/** What a pull has brought. */
interface Pulled {
  commit: string
  /** Undefined where the commit counts already. */
  content: Omit<Content, 'revision' | 'counted'> | undefined
  index: IndexedNotebook[]
  /** Of the notebooks, so many were read anew. */
  read: number
}

/** Returns what a hub does about the content of courses. */
export function contentJobs(hub: Hub): JobWork<'content'> {
  return {
    ...{ kind: 'content', atOnce: hub.config.git.pullsAtOnce },
    names: () => [...coursesWithContent(hub).keys()],
    carry: (pull, hold, signal) => carryPull(hub, pull, hold, signal),
  }
}

/**
 * Carries a pull to its end. An earlier hub may have tried it already: the commit stays the one that it has found, and what it
 * has stored is there. Nothing counts before the transaction that ends the pull.
 */
export async function carryPull(hub: Hub, pull: ContentPull, hold: JobHold, task: AbortSignal): Promise<void> {
  const course = coursesWithContent(hub).get(pull.name)
  if (course === undefined) return
  let revision = 0
  await carryJob<'content', Pulled>(hub, {
    ...{ job: pull, hold, task, noun: 'a pull', cancelled: pullCancelled },
    tooOften: (tries) => kept`The hub has ended ${tries} times while it was fetched.`,
    time: {
      minutes,
      over: kept`It was not here within ${minutes} minutes. Make the repository smaller, or split the course.`,
    },
    make: (log, signal) => make(hub, { pull, course, log, signal }),
    endOf: ({ content, commit, index, read }) => ({
      line:
        content === undefined
          ? `Nothing is new since ${commit}`
          : `Commit ${commit} counts now: ${index.length} notebooks, of which ${read} are new or changed`,
      end: { state: 'pulled' },
    }),
    problemOf,
    async lock(trx, what) {
      if ('made' in what && what.made.content !== undefined) revision = await nextCatalogueRevision(trx)
    },
    note: (trx, job, what) => note(trx, { job, course, what, revision }),
    async ended({ state }, seconds) {
      observeFor(hub.counters.pulls, state === 'pulled' ? 'success' : 'failure', seconds, pullBounds)
      hub.jobs.wake()
      if (revision > 0) await hub.courses.refresh()
      if (state === 'pulled') hub.previews.want(course.id)
    },
  })
}

interface Making {
  pull: ContentPull
  course: CourseWithContent
  log: JobLog<'content'>
  signal: AbortSignal
}

async function make(hub: Hub, { pull, course, log, signal }: Making): Promise<Pulled> {
  const { content, id } = course
  const { git } = hub.content
  const settings = contentDigest(content)
  // What was found by other settings is no answer by these.
  const known = pull.settings === settings ? pull.commit : undefined
  const of = content.ref === undefined ? '' : ` (${content.ref})`
  await log.enter('fetching', `Fetching ${content.git}${of}`, { settings })
  const { source, commit, at, subject, left } = await withCredentials(
    hub,
    courseOwner(course),
    content.git,
    async (credentials) => {
      const source = sourceOfCourse(content, credentials)
      return { source, ...(await fetched(hub, { source, known, log, signal })) }
    },
  )
  const before = await findContent(hub.db, id)
  const readBy = readingOf(settings, left)
  const isSame = before?.commit === commit && before.readBy === readBy
  if (isSame && (await areThere(hub.db, before.bundles))) return { commit, content: undefined, index: [], read: 0 }
  await log.enter('reading', `Its subject: ${subject}`, { subject })
  const files = await git.list(source, commit)
  const { index, read } = await reading({ hub, source, files, course, log, signal })
  const missing = left.map(({ path, problem }): ContentProblem => ({ file: path, message: problem, kind: 'problem' }))
  const problems = [...read.problems, ...index.problems, ...missing]
  for (const { file, line, message } of problems)
    log.say(`${file}${line === undefined ? '' : `, line ${line}`}: ${message}`)
  await log.enter('storing', 'Storing what its servers need')
  const isReadOnly = hasReadOnlyText({ content, brought: { course: read.settings.course } })
  const bundles = await contentBundles(hub, {
    ...{ git, source, commit, files, signal, before: before?.bundles ?? [] },
    mappings: read.settings.staticMappings,
    whole: course.content.copies === 'all',
    ...(isReadOnly && {
      rewrite: async (path, bytes) => (await hub.notebookWork.ask('readOnlyText', { path, bytes })) ?? bytes,
    }),
    report: (line) => log.say(line),
  })
  problems.push(...tooLargeFor(course, bundles))
  signal.throwIfAborted()
  return {
    ...{ commit, index: index.notebooks, read: index.read },
    content: {
      ...{ course: id, commit, at, subject, readBy, bundles, problems },
      ...{ settings: { ...read.settings, folders: foldersOf(index.notebooks) }, tracks: read.tracks },
      notebooks: index.notebooks.length,
      bytes: index.notebooks.reduce((sum, { bytes }) => sum + bytes, 0),
    },
  }
}

interface Reading extends Omit<Making, 'pull'> {
  hub: Hub
  source: GitSource
  files: readonly GitFile[]
}

/** Reads the notebooks of a commit, and what it says of its course, with one thread for both. */
async function reading({ hub, source, files, course, log, signal }: Reading) {
  const { git } = hub.content
  const reader = openReader()
  try {
    const index = await readIndex({
      ...{ db: hub.db, git, source, files, reader, signal },
      before: await listNotebooks(hub.db, course.id),
      step: (step, steps) => log.step(step, steps),
    })
    return { index, read: await settingsOfCommit({ git, source, files, course, reader, notebooks: index.notebooks }) }
  } finally {
    await reader.close()
  }
}

/** Tells where a learner's files have less room than the files that all learners get. */
function tooLargeFor({ home }: CourseWithContent, bundles: readonly BroughtBundle[]): ContentProblem[] {
  const { bytes = 0 } = bundles.find(({ top }) => top === wholeTop) ?? {}
  if (home?.size === undefined || bytes < home.size) return []
  const message = kept`all files of the repository have ${bytesText(bytes)}, and a learner's files of the course have room for ${bytesText(home.size)} (home.size): a part of them is missing in copies. Give the course more room, make the repository smaller, or let learners get the notebooks that they open (content.copies: 'lazy')`
  return [{ file: '.', message, kind: 'problem' }]
}

/** Returns a digest of how a commit is read: by which settings, and without which of its parts, which may come later. */
function readingOf(settings: string, left: GitCommit['left']): string {
  if (left.length === 0) return settings
  return createHash('sha256')
    .update(JSON.stringify([settings, ...left.map(({ path }) => path)]))
    .digest('hex')
}

/** Returns the folders that have notebooks, '' for the repository's own. */
function foldersOf(notebooks: readonly IndexedNotebook[]): string[] {
  return [...new Set(notebooks.map(({ path }) => path.split('/').slice(0, -1).join('/')))].sort()
}

/** Returns whether the database still has all bundles of a commit, as one that was restored may not. */
async function areThere(db: Database, bundles: readonly BroughtBundle[]): Promise<boolean> {
  const digests = [...new Set(bundles.map(({ digest }) => digest))]
  return (await renewBundles(db, digests)).length === digests.length
}

interface Fetching {
  source: GitSource
  /** The commit that an earlier hub has found. */
  known: string | undefined
  log: JobLog<'content'>
  signal: AbortSignal
}

async function fetched(hub: Hub, { source, known, log, signal }: Fetching): Promise<GitCommit> {
  const { git } = hub.content
  const bring = async (found: string | undefined) => {
    const commit = found ?? (await git.resolve(source, { signal }))
    await log.enter('fetching', `Commit ${commit}`, { commit })
    return git.fetch(source, { commit, signal, report: (line) => log.say(line) })
  }
  try {
    return await bring(known)
  } catch (error) {
    const isGone = known !== undefined && (error as Error).name === 'GitError' && !(error as { passes: boolean }).passes
    if (!isGone || signal.aborted) throw error
    // A forced push may have taken it away since.
    log.say(messageOf(error))
    return bring(undefined)
  }
}

interface Noting {
  job: ContentPull
  course: CourseWithContent
  what: JobOutcome<Pulled>
  revision: number
}

/** Writes what has come of a pull, when the next one is due, and that it is wanted again. */
async function note(trx: Transaction, { job, course, what, revision }: Noting): Promise<void> {
  const { id, slug, content: said } = course
  const by = job.cancelledBy ?? job.askedBy
  const settings = contentDigest(said)
  const plan = await findPullPlan(trx, id)
  if ('error' in what) {
    const { problem, error } = what
    const isCancelled = error.name === 'Cancelled'
    // The same problem as last time is no news, unless a person has asked.
    if (plan?.problem !== problem || job.insists)
      await addEvent(trx, { kind: 'content-failed', course: slug, detail: { by, problem: problem.slice(0, 500) } })
    const dueIn = nextPullIn(said, isCancelled ? 0 : (plan?.failures ?? 0) + 1, job.passes)
    if (isCancelled) await postponePull(trx, id, dueIn)
    else await notePull(trx, { course: id, settings, problem, dueIn })
  } else {
    const { content, index, commit } = what.made
    if (content !== undefined) {
      await store(trx, content, index, revision)
      await addEvent(trx, { kind: 'content-pulled', course: slug, detail: { by, commit, notebooks: index.length } })
    }
    await notePull(trx, { course: id, settings, dueIn: nextPullIn(said, 0, false) })
  }
  if (job.again !== undefined && job.cancelledBy === undefined)
    await wantJob(trx, { kind: 'content', name: id, settings, by: job.again, insists: true })
}

/** Makes the commit count: its index, and the blobs that the index names, are there from the same moment on. */
async function store(
  trx: Transaction,
  content: Omit<Content, 'revision' | 'counted'>,
  index: readonly IndexedNotebook[],
  revision: number,
): Promise<void> {
  await putContent(trx, { ...content, revision })
  await putNotebooks(trx, content.course, index)
  await wantRound(trx, { course: content.course, revision })
  const digests = [...new Set(index.map(({ digest }) => digest))]
  const there = await holdBlobs(trx, digests)
  if (there < digests.length) throw new Error(`${digests.length - there} notebooks are no longer in the database`)
  const whole = content.bundles.find(({ top }) => top === wholeTop)
  if (whole !== undefined) await putWholeNotebooks(trx, whole.digest, index)
}

/** Returns what staff are told of an error, and whether another try, or another hub, may succeed without a change. */
function problemOf(error: Error): JobProblem {
  if (error.name === 'ContentError') return { problem: messageOf(error), passes: false, isBug: false }
  if (error.name === 'GitError') {
    const passes = Boolean((error as { passes?: boolean }).passes)
    return { problem: messageOf(error), passes, isBug: false, isOfHub: passes }
  }
  return { problem: kept`The content could not be read: ${messageOf(error)}`, passes: true, isBug: true }
}
