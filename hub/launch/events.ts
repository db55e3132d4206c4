import { finished, PassThrough } from 'node:stream'
import type Koa from 'koa'
import { networksOf } from '../../net/address.ts'
import { createUnderWay } from '../../net/under-way.ts'
import { type Language, languages } from '../../words/language.ts'
import { jsonIn, say } from '../../words/text.ts'
import type { Launch } from '../db/seats/launches.ts'
import { TooMany } from '../errors.ts'
import { clientOf } from '../http/client.ts'
import { queryOf } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { languageOf } from '../views/parts/language.ts'
import { isFinal, progressOf } from './progress.ts'
import { createWatch, type Watch } from './watch.ts'

const keepAliveMilliseconds = 8000
const retrySeconds = 5
/**
 * Most open streams. A page with ten frames has a launch for each; a class behind one address has several frames for
 * each learner.
 */
const most = { ofLaunch: 16, ofUser: 64, ofClient: 2000 }

/**
 * Answers with a launch's progress as server-sent events, from now until it is ready or has failed. A page that joins
 * late gets the present state. HEAD tells whether there is room for one more stream, which scripts cannot see
 * otherwise.
 */
export function progressEvents(hub: Hub): (ctx: Koa.Context, launch: Launch, id: string) => void {
  const watch = createWatch((server) => progressOf(hub, { server }), hub.changes, hub.log)
  const streams = createUnderWay()
  const open = new Set<PassThrough>()
  // A browser connects again after the end, to this hub's successor. Else the hub would wait for pages that wait.
  hub.stopping.addEventListener('abort', () => {
    for (const stream of open) stream.end()
  })
  return (ctx, launch, id) => {
    const leave = streams.take([
      { name: `launch ${id}`, most: most.ofLaunch },
      { name: `user ${launch.user}`, most: most.ofUser },
      ...networksOf(clientOf(hub, ctx)).map(({ key, share }) => ({
        name: `client ${key}`,
        most: most.ofClient * share,
      })),
    ])
    if (leave === undefined)
      throw new TooMany(retrySeconds, say`Many pages are waiting for this notebook already. This one goes on soon.`)
    ctx.type = 'text/event-stream'
    ctx.set('X-Accel-Buffering', 'no')
    if (ctx.method === 'HEAD') {
      leave()
      ctx.status = 200
      return
    }
    const stream = progressStream(watch, launch.server, languageOfFollower(ctx))
    open.add(stream)
    if (hub.stopping.aborted) stream.end()
    finished(ctx.res, () => {
      leave()
      open.delete(stream)
      stream.destroy()
    })
    ctx.body = stream
  }
}

/** Returns the language of the page that follows, which says its own, since a course may have one. */
function languageOfFollower(ctx: Koa.Context): Language {
  return languages.find((one) => one === queryOf(ctx).language) ?? languageOf(ctx)
}

/** Returns the events of one page: each change of the progress. That time passes is none, which the page counts by itself. */
export function progressStream(watch: Watch, server: string, language: Language = 'en'): PassThrough {
  const stream = new PassThrough()
  let last = ''
  let spoke = 0
  const leave = watch.join(server, (progress) => {
    const isLast = progress !== undefined && isFinal(progress)
    // A browser that does not read gets the next state for which it has room.
    if (stream.writableNeedDrain && !isLast) return
    if (stream.writableEnded) return
    const told = progress === undefined ? last : jsonIn({ ...progress, start: progress.start?.usual }, language)
    if (told !== last || performance.now() - spoke > keepAliveMilliseconds) {
      stream.write(told === last ? ':\n\n' : `data: ${jsonIn(progress, language)}\n\n`)
      last = told
      spoke = performance.now()
    }
    if (isLast) stream.end()
  })
  stream.once('close', leave)
  return stream
}
