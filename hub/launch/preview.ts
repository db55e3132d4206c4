/** The notebook of the course to read, while the server of the one who opens it starts. */
import type Koa from 'koa'
import { speaksJupyter } from '../../courses/programs.ts'
import { coursesWithContent } from '../content/courses.ts'
import { holderOf, notebookOf } from '../copies/copy.ts'
import { findCopy } from '../db/content/copies.ts'
import type { IndexedNotebook } from '../db/content/notebooks.ts'
import type { Launch } from '../db/seats/launches.ts'
import type { Server } from '../db/servers/servers.ts'
import type { Hub } from '../hub.ts'
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
  const notebook = await notebookToRead(hub, launch, server)
  if (notebook === undefined || (await hasNoPreview(hub.db, hub.courses.all[server.course]?.id ?? '', notebook)))
    return undefined
  return {
    title: notebook.title,
    address: `/hub/launches/${id}/preview`,
    hasCopy: await hasCopy(hub, server, notebook),
  }
}

/** Sends that notebook: a document that does nothing but show itself, for this one browser. */
export async function sendPreview(hub: Hub, ctx: Koa.Context, launch: ReadLaunch, server: Server): Promise<void> {
  const notebook = await notebookToRead(hub, launch, server)
  const slug = hub.courses.all[server.course]
  const course = slug && coursesWithContent(hub).get(slug.id)
  const preview = notebook && course && (await previewOf(hub, course, notebook))
  sendNotebookPage(ctx, preview?.html, { ancestors: course === undefined ? [] : ancestorsOf(hub, course) })
}

/** Returns the notebook of the course that the owner of a server opens by a launch. Of other programs the notebook is not what they show. */
async function notebookToRead(
  hub: Hub,
  { user, landing, files }: ReadLaunch,
  server: Server,
): Promise<IndexedNotebook | undefined> {
  const course = hub.courses.all[server.course]
  if (course === undefined || user !== server.user || !speaksJupyter(course.program)) return undefined
  const named = files?.flat() ?? namedFile(course, landing.slice(server.path.length))
  return named === undefined ? undefined : notebookOf(hub, course, [named].flat())
}

/** Returns whether the learner has a copy of the notebook, which she may have changed. What has no home ends with its run. */
async function hasCopy(hub: Hub, server: Server, { path }: IndexedNotebook): Promise<boolean> {
  if (server.home === undefined && server.state !== 'ready') return false
  return (await findCopy(hub.db, { holder: holderOf(server), path })) !== undefined
}
