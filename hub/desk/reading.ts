/** The API of the strip about the course's notebook to read, until the program has opened the learner's own (docs/wire.md). */

import Router from '@koa/router'
import { z } from 'zod'
import { say } from '../../words/text.ts'
import { coursesWithContent } from '../content/courses.ts'
import { holderOf, notebookOf } from '../copies/copy.ts'
import { isNewCopy } from '../db/content/copies.ts'
import type { IndexedNotebook } from '../db/content/notebooks.ts'
import type { Server } from '../db/servers/servers.ts'
import { HttpError } from '../errors.ts'
import { queryOf } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { hasNoPreview, previewOf } from '../previews/make.ts'
import { sendNotebookPage } from '../previews/send.ts'
import { ancestorsOf } from '../site.ts'
import { deskCalling, requireDesk } from './caller.ts'
import { courseOfDesk } from './course.ts'
import { askPace, deskPaced } from './pace.ts'
import { deskFile, readAs } from './questions.ts'

const about = z.strictObject({ path: deskFile })

export function deskReadingApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api/desk' })
  const owned = requireDesk(hub)
  const paced = deskPaced(askPace)

  router.get('/reading', owned, paced, async (ctx) => {
    const { path } = readAs(about, queryOf(ctx))
    const { server } = deskCalling(ctx)
    const course = courseOfDesk(hub, ctx)
    const notebook = await unchanged(hub, server, path)
    if (notebook === undefined || (await hasNoPreview(hub.db, course.id, notebook)))
      throw new HttpError(404, 'nothing_to_read', say`There is nothing to read before this notebook is open.`)
    ctx.body = { title: notebook.title }
  })

  router.get('/reading/page', owned, paced, async (ctx) => {
    const { path } = readAs(about, queryOf(ctx))
    const { server } = deskCalling(ctx)
    const notebook = await unchanged(hub, server, path)
    const course = coursesWithContent(hub).get(courseOfDesk(hub, ctx).id)
    const preview = course && notebook && (await previewOf(hub, course, notebook))
    sendNotebookPage(ctx, preview?.html, { ancestors: course === undefined ? [] : ancestorsOf(hub, course) })
  })

  return router
}

/**
 * Returns the notebook of the course at this path, where the learner's copy is so new that it says the same. She would take the course's
 * for a loss of what she has changed in an older one.
 */
async function unchanged(hub: Hub, server: Server, path: string): Promise<IndexedNotebook | undefined> {
  const notebook = await notebookOf(hub, hub.courses.all[server.course], [path])
  if (notebook === undefined) return undefined
  const { digest } = notebook
  return (await isNewCopy(hub.db, { holder: holderOf(server), path }, digest)) ? notebook : undefined
}
