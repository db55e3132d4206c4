/** The notebook of the course to read, while the server of the one who opens it starts. */
import type Koa from 'koa'
import type { Course } from '../../courses/course.ts'
import { speaksJupyter } from '../../courses/programs.ts'
import { coursesWithContent } from '../content/courses.ts'
import { holderOf, notebookOf } from '../copies/copy.ts'
import { findCopy } from '../db/content/copies.ts'
import type { IndexedNotebook } from '../db/content/notebooks.ts'
import { findHome } from '../db/homes/homes.ts'
import { pageInImage } from '../db/images/image-notebooks.ts'
import type { Launch } from '../db/seats/launches.ts'
import type { Server } from '../db/servers/servers.ts'
import type { Hub } from '../hub.ts'
import { notebookInImage } from '../previews/image.ts'
import { hasNoPreview, previewOf } from '../previews/make.ts'
import { sendNotebookPage } from '../previews/send.ts'
import { ancestorsOf } from '../site.ts'
import type { Reading } from '../views/courses/reading.ts'
import { namedFile } from './files.ts'

type ReadLaunch = Pick<Launch, 'user' | 'landing' | 'files'>

/** Returns what a launch's own page tells of the notebook that its user can read meanwhile; undefined where there is none. */
export async function readingOf(
  hub: Hub,
  id: string,
  launch: ReadLaunch,
  server: Server,
): Promise<Reading | undefined> {
  const opened = filesToRead(hub, launch, server)
  if (opened === undefined) return undefined
  const { course, files } = opened
  const address = `/hub/launches/${id}/preview`
  const notebook = await notebookOf(hub, course, files)
  if (notebook === undefined) {
    const found = await notebookInImage(hub, course, files)
    return found && { title: found.title, address, hasCopy: await hadFiles(hub, server) }
  }
  if (await hasNoPreview(hub.db, course.id, notebook)) return undefined
  return { title: notebook.title, address, hasCopy: await hasCopy(hub, server, notebook) }
}

/** Sends that notebook: a document that does nothing but show itself, for this one browser. */
export async function sendPreview(hub: Hub, ctx: Koa.Context, launch: ReadLaunch, server: Server): Promise<void> {
  const { course, files } = filesToRead(hub, launch, server) ?? {}
  const page = course && files && (await pageOf(hub, course, files))
  sendNotebookPage(ctx, page, { ancestors: course === undefined ? [] : ancestorsOf(hub, course) })
}

async function pageOf(hub: Hub, course: Course, files: string[]): Promise<Buffer | undefined> {
  const notebook = await notebookOf(hub, course, files)
  const content = coursesWithContent(hub).get(course.id)
  if (notebook !== undefined) return content && (await previewOf(hub, content, notebook))?.html
  const found = await notebookInImage(hub, course, files)
  return found && pageInImage(hub.db, found.place, found.path)
}

/** Returns the files that the owner of a server may mean by a launch. Of other programs the notebook is not what they show. */
function filesToRead(
  hub: Hub,
  { user, landing, files }: ReadLaunch,
  server: Server,
): { course: Course; files: string[] } | undefined {
  const course = hub.courses.all[server.course]
  if (course === undefined || user !== server.user || !speaksJupyter(course.program)) return undefined
  const named = files?.flat() ?? namedFile(course, landing.slice(server.path.length))
  return named === undefined ? undefined : { course, files: [named].flat() }
}

/** Returns whether the learner has a copy of the notebook, which she may have changed. What has no home ends with its run. */
async function hasCopy(hub: Hub, server: Server, { path }: IndexedNotebook): Promise<boolean> {
  if (server.home === undefined && server.state !== 'ready') return false
  return (await findCopy(hub.db, { holder: holderOf(server), path })) !== undefined
}

/**
 * Returns whether a run finds files that the learner had before, among which may be a copy of a notebook of the image. A home can be
 * older than its server's first run: it may be that of an earlier server, of another course, or an import.
 */
async function hadFiles({ db, spawner }: Hub, { home: id, run, queued, restart }: Server): Promise<boolean> {
  if (id === undefined) return run > 1 && spawner.keepsFiles
  const home = await findHome(db, id)
  return home !== undefined && (restart || (queued !== undefined && home.created < queued))
}
