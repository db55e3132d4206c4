/** What a learner gets instead of Jupyter's error when a link names a file that is not there. */

import { givesCopies } from '../../courses/content/content.ts'
import { copiedContent } from '../../courses/content/laid.ts'
import type { Course } from '../../courses/course.ts'
import { speaksJupyter } from '../../courses/programs.ts'
import { startFile } from '../../courses/start.ts'
import { findNearest } from '../../net/settings/near.ts'
import { openLink, restartLink } from '../../seats/links.ts'
import { say, sentences } from '../../words/text.ts'
import { copyNotebook, notebookOf } from '../copies/copy.ts'
import { finishSwaps, requireInPlace } from '../copies/finish.ts'
import { followCourse } from '../copies/follow.ts'
import { listNotebooks } from '../db/content/notebooks.ts'
import { findHomeOf } from '../db/homes/homes.ts'
import { pathsInImage } from '../db/images/image-notebooks.ts'
import type { Launch } from '../db/seats/launches.ts'
import { isAtRest } from '../db/servers/server-states.ts'
import { findServerOf, type Server } from '../db/servers/servers.ts'
import type { User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { homeKeyOf } from '../homes/account.ts'
import { filesOfRestart, filesOfStart } from '../homes/at-start.ts'
import type { Hub } from '../hub.ts'
import { madeOf } from '../made-of/made-of.ts'
import { placeInImage } from '../previews/image.ts'
import { serverPath } from '../servers/request.ts'
import { makeNotebook } from './contents/make.ts'
import { replaceAsAsked } from './contents/replace-as-asked.ts'
import { lookFor } from './contents/search.ts'
import { type FoundFile, filesOf, insideFor, namedFile, notebookPage, notebookToMake, placeFor } from './files.ts'
import { isUsualLanding, landingPath } from './landing.ts'
import type { Entry } from './parse.ts'

/**
 * Returns the path to which a launch leads at its ready server: for the file that is there, of those that the link may
 * mean. A notebook of the course that the learner does not have yet is copied first. Where there is none, makes the
 * notebook if the launch is to, or throws the page about a missing file. A server that does not tell keeps no one out.
 */
export async function checkedLanding(hub: Hub, server: Server, launch: Launch): Promise<string> {
  const { user, landing, files, makes } = launch
  const led = ledByHook(hub, server, { user, landing })
  if (led !== undefined) return led
  // Only Jupyter tells of its files.
  if (!speaksJupyter((await madeOf(hub, server))?.program ?? 'jupyter')) return landing
  const inside = landing.slice(server.path.length)
  const course = hub.courses.all[server.course]
  const placeOf = (file: FoundFile) => server.path + placeFor(course, inside, file)
  const named = namedFile(course, inside)
  const asked = files ?? (named === undefined ? undefined : [[named]])
  if (asked === undefined) return landing
  const notebook = await notebookOf(hub, course, asked.flat())
  const rounds = notebook === undefined ? asked : [[notebook.path]]
  await finishSwaps(hub, server)
  if (course !== undefined) await replaceAsAsked(hub, server, launch, { course, notebook, paths: asked.flat() })
  if (course !== undefined && notebook !== undefined && user === server.user)
    await followCourse(hub, server, { course, notebook })
  let search = await lookFor(hub, server, rounds)
  if (search.state === 'missing' && notebook !== undefined && course !== undefined && user === server.user) {
    await requireInPlace(hub, server, notebook.path)
    const failure = await copyNotebook(hub, server, { course, notebook, folder: search.folder }).catch(
      (error: unknown) => ({ error }),
    )
    search = await lookFor(hub, server, rounds)
    // Another launch may have brought it at the same time.
    if (search.state === 'missing' && failure !== undefined) throw failure.error
  }
  if (search.state === 'missing') {
    const link = (file: FoundFile) => openLink(placeOf(file))
    // Only the owner may restart a server, or write in it.
    const isOwner = user === server.user
    const wanted = isOwner && named !== undefined ? notebookToMake(named) : undefined
    const waiting = isOwner ? await broughtByStart(hub, server, course, rounds.flat()) : undefined
    if (makes && wanted !== undefined && waiting === undefined) {
      await makeNotebook(hub, server, { ...search, course, path: wanted })
      return placeOf({ path: wanted, type: 'notebook' })
    }
    const restart = waiting && restartLink(placeOf(waiting))
    const make = wanted && link({ path: wanted, type: 'notebook' })
    throw missing(hub, course, { ...search, asked: named ?? '', link, restart, make })
  }
  // A link that names a whole path keeps it.
  if (search.state === 'unknown' || files === undefined) return landing
  if (course?.fileAt !== undefined || !search.hasNotebook) return placeOf(search.file)
  return server.path + notebookPage(search.file)
}

/** Returns where a hook of the config has the run open for its owner, where the link names nothing in it. */
function ledByHook(
  { courses }: Hub,
  { course: slug, user, path, opens }: Server,
  launch: Pick<Launch, 'user' | 'landing'>,
) {
  const course = courses.all[slug]
  if (opens === undefined || course === undefined || launch.user !== user) return undefined
  return isUsualLanding(course, launch.landing.slice(path.length)) ? path + opens : undefined
}

/** Returns the first of these files that the course has got since the server started; undefined where none is known of. */
async function broughtByStart(
  hub: Hub,
  server: Server,
  course: Course | undefined,
  paths: string[],
): Promise<FoundFile | undefined> {
  if (course === undefined || course.command !== undefined || hub.spawner.filesAtStart === undefined) return undefined
  const start = await filesOfRestart(hub, course, server)
  for (const path of paths) {
    const [folder, name] = split(path)
    const names = await hub.spawner.filesAtStart(start, folder)
    // Jupyter shows no hidden files, also after a restart.
    if (names?.includes(name) && !`/${path}`.includes('/.'))
      return { path, type: name.endsWith('.ipynb') ? 'notebook' : 'file' }
  }
  return undefined
}

/**
 * Throws the page about a missing file before the server starts, where the spawner knows the files with which it would
 * start, or the course's content says which notebooks there are. A course's own program may show other files, so nothing is
 * known of those.
 */
export async function refuseMissing(hub: Hub, user: User, course: Course, entry: Entry): Promise<void> {
  const files = filesOf(course, entry)?.flat()
  const asked = entry.notebook ?? startFile(course)
  if (files === undefined || asked === undefined || course.command !== undefined) return
  if ((await notebookOf(hub, course, files)) !== undefined) return
  const server = await findServerOf(hub.db, user.id, course.slug)
  if (server !== undefined && !isAtRest(server)) return
  const [folder, wanted] = split(asked)
  // What a start copies of the course's content the spawner does not know.
  const knows = copiedContent(course) === undefined && hub.spawner.filesAtStart !== undefined
  const names = knows
    ? await hub.spawner.filesAtStart?.(await filesOfStart(hub, course, { user, server }), folder)
    : undefined
  const inImage = names === undefined ? await namesInImage(hub, { user, course, server, asked }) : undefined
  const isKnown = names ?? inImage ?? (server === undefined && (await opensContentOnly(hub, user, course, entry)))
  if (!isKnown || files.some((file) => inImage?.includes(file))) return
  if (files.some((file) => names?.includes(split(file)[1]))) return
  const there = (names ?? []).map((name) => (folder === '' ? name : `${folder}/${name}`))
  const index = givesCopies(course) ? (await listNotebooks(hub.db, course.id)).map(({ path }) => path) : []
  const entries = [...new Set([...there, ...index, ...(inImage ?? [])])].map(
    (path): FoundFile => ({ path, type: 'file' }),
  )
  const inside = landingPath(course, entry, true)
  const { learner } = entry
  // A learner who has no server yet opens a course by links of the LMS only.
  const opened = (at: string) =>
    learner !== undefined && /^(lab|tree)(\/|$)/.test(at)
      ? `/ipythonForward/${encodeURIComponent(course.name)}/${encodeURIComponent(learner)}/${at}`
      : openLink((server?.path ?? serverPath(user, course)) + at)
  const link = ({ path }: FoundFile) =>
    path === ''
      ? opened(insideFor(inside, { path, type: 'directory' }))
      : linkTo(path.split('/'), { course: course.name, learner })
  const made = notebookToMake(asked)
  const make = made && link({ path: made, type: 'notebook' })
  // Of a folder that is in the image or nowhere, only the server's own page of files can tell.
  const shown = names === undefined ? '' : folder
  const anyway = names === undefined ? opened(inside) : undefined
  throw missing(hub, course, { asked, folder: shown, wanted, entries, link, make, anyway })
}

/**
 * Returns the notebooks that a first server of the user would find in the image, where one of them may be the one that is meant. An image
 * can have more than they say, as its programs may bring files at each start.
 */
async function namesInImage(
  hub: Hub,
  { user, course, server, asked }: { user: User; course: Course; server: Server | undefined; asked: string },
): Promise<string[] | undefined> {
  const place = server === undefined && asked.endsWith('.ipynb') ? await placeInImage(hub, course) : undefined
  if (place === undefined) return undefined
  if (course.home !== undefined && (await findHomeOf(hub.db, homeKeyOf(user, course))) !== undefined) return undefined
  const paths = await pathsInImage(hub.db, place)
  const near = findNearest(
    stemOf(split(asked)[1]),
    paths.map((path) => ({ key: stemOf(split(path)[1]), value: path })),
  )
  return near.length === 0 ? undefined : paths
}

/** Returns the link to another file of a course: for a learner of an LMS as her LMS would write it. */
function linkTo(path: string[], { course, learner }: { course: string; learner: string | undefined }): string {
  const parts = learner === undefined ? ['launch', course, ...path] : ['ipythonExercice', course, ...path, learner]
  return `/${parts.map(encodeURIComponent).join('/')}`
}

/**
 * Returns whether a link means a notebook of the course's content and nothing else: the content is here, and the user has no files
 * of her own yet, among which it might be.
 */
async function opensContentOnly({ db }: Hub, user: User, course: Course, { notebook }: Entry): Promise<boolean> {
  if (!givesCopies(course) || course.brought === undefined || !notebook?.endsWith('.ipynb')) return false
  return course.home === undefined || (await findHomeOf(db, homeKeyOf(user, course))) === undefined
}

interface MissingFile {
  /** The file that the link names. */
  asked: string
  /** The nearest folder that is there, what is in it, and the name that is not. */
  folder: string
  entries: FoundFile[]
  wanted: string
  /** Returns the link that opens another file or folder. */
  link(file: FoundFile): string
  /** The link that restarts the server, where that brings the file. */
  restart?: string | undefined
  /** The link that a button posts to make the notebook. */
  make?: string | undefined
  /** The link that starts the server and looks there, where only the image may still have the file. */
  anyway?: string | undefined
}

function missing(
  hub: Hub,
  course: Course | undefined,
  { asked, folder, entries, wanted, link, restart, make, anyway }: MissingFile,
): HttpError {
  const files = { href: link({ path: folder, type: 'directory' }), text: say`Show the files of the course`, here: true }
  const title = course?.title ?? course?.name ?? 'this course'
  if (restart !== undefined) {
    return new HttpError(
      404,
      'notebook_missing',
      say`"${asked.slice(0, 200)}" came to the files of ${title} after your notebook was started. A restart brings it.`,
      [{ href: restart, text: say`Restart my notebook`, here: true }, files],
    )
  }
  // Staff see on the course's page what keeps them.
  if (course !== undefined && givesCopies(course) && course.brought === undefined) {
    const message = say`The notebooks of ${title} have not come here yet. Open the link again in a few minutes. If they stay away, ask ${course.contact ?? say`your teacher`}.`
    return new HttpError(404, 'content_missing', message, [files])
  }
  const near = findNearest(
    stemOf(wanted),
    entries.map((entry) => ({ key: stemOf(split(entry.path)[1]), value: entry })),
  )
  hub.log.info({ course: course?.slug, file: asked.slice(0, 200) }, 'a link names a file that is not there')
  return new HttpError(
    404,
    'notebook_missing',
    sentences([
      say`There is no "${asked.slice(0, 200)}" among the files of ${title}. If a link of your course has brought you here, tell your teacher.`,
      near.length > 0 && say`Did you mean one of these?`,
    ]),
    [
      ...near.map((file) => ({ href: link(file), text: file.path, here: true })),
      files,
      ...(anyway === undefined ? [] : [{ href: anyway, text: say`Start my notebook and look there`, here: true }]),
      ...(make === undefined
        ? []
        : [{ href: make, text: say`Make a new notebook of that name`, here: true, make: true }]),
    ],
  )
}

/** Returns the folder and the name of a path. */
function split(path: string): [folder: string, name: string] {
  const slash = path.lastIndexOf('/')
  return [path.slice(0, Math.max(0, slash)), path.slice(slash + 1)]
}

/** Returns a name as it is compared: an ending that all notebooks have makes no two of them alike. */
function stemOf(name: string): string {
  return name.toLowerCase().replace(/(\.(ipynb|md|py))+$/, '')
}
