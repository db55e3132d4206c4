import { finished, PassThrough } from 'node:stream'
import type Koa from 'koa'
import { createUnderWay } from '../../net/under-way.ts'
import type { Language } from '../../words/language.ts'
import { jsonIn, say } from '../../words/text.ts'
import type { Job, JobKind } from '../db/jobs/jobs.ts'
import { messageOf, TooMany } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { followJob, type JobWords, type ToldOfJob } from './follow.ts'

/** Most open streams, each of which asks the database twice a second. */
const most = { ofReader: 10, ofAll: 100 }
const keepAliveMilliseconds = 15_000
/** How long who has lost the right to read goes on to be told. */
const checkMilliseconds = 2000

/** The program or page that follows a job. */
export interface EventReader {
  /** The language of what is told. Default: English, as programs get it. */
  language?: Language
  /** The user's id, by which the streams of one reader are counted. */
  id: string
  /** Looks whether the reader may still read them. */
  mayRead(): Promise<boolean>
}

/**
 * Returns what answers with the events of a job as server-sent events. A reader that was cut off goes on where it was,
 * at any hub, by the `Last-Event-ID` that browsers send, or else from the place that `from` says in the same way; one that has had the last event gets 204, after which a browser
 * asks no more. A stream ends when its reader has lost the right to it.
 */
export function jobEvents<K extends JobKind>(
  hub: Hub,
  words: JobWords<K>,
): (ctx: Koa.Context, job: Job<K>, reader: EventReader, from?: string) => void {
  const streams = createUnderWay()
  return (ctx, job, reader, from = '') => {
    const after = placeIn(ctx.get('Last-Event-ID') || from, job.id)
    if (after === 'end') {
      ctx.status = 204
      return
    }
    const leave = streams.take([
      { name: `reader ${reader.id}`, most: most.ofReader },
      { name: 'all', most: most.ofAll },
    ])
    if (leave === undefined) throw new TooMany(5, say`Too many pages follow such logs just now. Close some of them.`)
    const gone = new AbortController()
    const stream = new PassThrough()
    finished(ctx.res, () => {
      leave()
      gone.abort()
      stream.destroy()
    })
    ctx.type = 'text/event-stream'
    ctx.set('X-Accel-Buffering', 'no')
    ctx.body = stream
    const events = followJob(hub.db, words, job.id, after, AbortSignal.any([gone.signal, hub.stopping]))
    void tell(hub, job.id, events, { stream, reader })
  }
}

async function tell(
  hub: Hub,
  job: number,
  events: AsyncIterable<ToldOfJob | undefined>,
  { stream, reader }: { stream: PassThrough; reader: EventReader },
): Promise<void> {
  let spoke = performance.now()
  let checked = spoke
  try {
    stream.write(':\n\n')
    for await (const event of events) {
      if (performance.now() - checked >= checkMilliseconds) {
        if (!(await reader.mayRead())) break
        checked = performance.now()
      }
      if (event === undefined && performance.now() - spoke < keepAliveMilliseconds) continue
      spoke = performance.now()
      const hasRoom = stream.write(event === undefined ? ':keepalive\n\n' : textOf(job, event, reader.language))
      // What a reader does not read stays in the database.
      if (!hasRoom) await new Promise((resolve) => stream.once('drain', resolve).once('close', resolve))
    }
  } catch (error) {
    hub.log.warn({ job, reason: messageOf(error) }, 'the events of a job were cut off')
  }
  stream.end()
}

function textOf(job: number, { part, isLast = false, ...event }: ToldOfJob, language: Language = 'en'): string {
  const id = isLast ? 'end' : part
  return `${id === undefined ? '' : `id: ${job}.${id}\n`}data: ${jsonIn(event, language)}\n\n`
}

/** Returns after which part a reader goes on. What it has of another job counts for nothing. */
function placeIn(text: string, job: number): number | 'end' {
  const [, id, place] = /^(\d{1,15})\.(\d{1,15}|end)$/.exec(text) ?? []
  if (Number(id) !== job || place === undefined) return 0
  return place === 'end' ? 'end' : Number(place)
}
