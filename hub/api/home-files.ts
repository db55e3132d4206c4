import { once } from 'node:events'
import { PassThrough, type Readable, Transform, Writable } from 'node:stream'
import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import { findCourse } from '../../courses/find.ts'
import { HttpError } from '../errors.ts'
import { exportHome, importHome } from '../homes/copies.ts'
import { queryOf } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { adminCalling, only } from './caller.ts'
import { homeIn, readHomeRequest } from './homes.ts'

/** The most bytes of an archive. */
const longestArchive = 64 * 2 ** 30

const copying = z.strictObject({
  /** The course whose image copies, where the home's own is there no more. */
  course: z.string().max(200).optional(),
})
const importing = copying.extend({ overwrite: z.enum(['true', 'false']).default('false') })

/**
 * The files of homes as tar archives, for admins. Bytes go through as they come, no faster than they are taken, and an
 * answer that ends is whole: one that is not complete is broken off.
 */
export function homeFilesApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api/homes' })

  router.get('/:id/files', only(hub, 'admin'), async (ctx) => {
    const { course } = readHomeRequest(copying, queryOf(ctx))
    const { id } = await homeIn(hub, ctx)
    const answer = new PassThrough()
    const signal = gone(hub, ctx, answer)
    const options = { signal, by: adminCalling(ctx).id, image: imageOf(hub, course) }
    const whole = exportHome(hub, id, writerTo(answer, longestArchive), options).catch(inWords)
    whole.then(
      () => answer.end(),
      (error: Error) => answer.destroy(error),
    )
    // Until the first byte, a refusal is still an answer of its own.
    await Promise.race([once(answer, 'readable'), whole])
    ctx.type = 'application/x-tar'
    ctx.set('Content-Disposition', `attachment; filename="home-${id}.tar"`)
    ctx.body = answer
  })

  return router
}

/**
 * The import of files, on the socket for commands only: no other listener takes bodies of that length, or lets them take
 * their time.
 */
export function homeImportApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api/homes' })

  router.put('/:id/files', only(hub, 'admin'), async (ctx) => {
    const { course, overwrite } = readHomeRequest(importing, queryOf(ctx))
    const { id } = await homeIn(hub, ctx)
    const bytes = Number(ctx.get('Content-Length'))
    if (!(bytes > 0)) throw new HttpError(411, 'length_required', 'Say how long the archive is.')
    if (bytes > longestArchive) throw new HttpError(413, 'too_large', 'An archive has 64 GiB at most.')
    const options = { signal: gone(hub, ctx, ctx.req), by: adminCalling(ctx).id, image: imageOf(hub, course) }
    const archive = complete(ctx.req, bytes)
    // The archive may fail before the errand reads it, and its error says more than the errand's.
    const problems: Error[] = []
    archive.on('error', (error) => void problems.push(error))
    await importHome(hub, id, archive, { ...options, overwrite: overwrite === 'true' }).catch((error: unknown) =>
      inWords(problems[0] ?? error),
    )
    ctx.body = { id, bytes }
  })

  return router
}

/** Throws why a program could not be started in words that the caller reads. */
function inWords(error: unknown): never {
  if (!(error instanceof Error) || error.name !== 'SpawnError') throw error
  const { message, detail = '' } = error as Error & { detail?: string }
  throw new HttpError(409, 'errand_not_started', `${message} ${detail}`.trim())
}

/** Returns a signal that aborts when the client leaves before the end, or the hub stops. */
function gone(hub: Hub, ctx: Koa.Context, stream: Readable): AbortSignal {
  const left = new AbortController()
  ctx.res.once('close', () => {
    if (ctx.res.writableFinished) return
    left.abort(new HttpError(499, 'client_left', 'The client has left.'))
    stream.destroy()
  })
  return AbortSignal.any([hub.stopping, left.signal])
}

/** Returns a stream that hands on to another one without ending it, so that what was cut off never looks whole. */
function writerTo(answer: PassThrough, most: number): Writable {
  let bytes = 0
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes > most) return done(new Error('the archive is too long'))
      if (answer.destroyed) return done(new Error('the client has left'))
      if (answer.write(chunk)) return done()
      const go = () => {
        answer.off('drain', go).off('close', go)
        done()
      }
      answer.once('drain', go).once('close', go)
    },
  })
}

/** How many zeros end a tar archive. A program that unpacks one does not always notice that they are missing. */
const endMark = 1024

/** Returns the body as a stream that fails when it ends early, or does not end as an archive does. */
function complete(body: Readable, bytes: number): Readable {
  let left = bytes
  let end = Buffer.alloc(0)
  const whole = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      left -= chunk.length
      end = Buffer.from(Buffer.concat([end, chunk.subarray(-endMark)]).subarray(-endMark))
      done(null, chunk)
    },
    flush(done) {
      if (left !== 0) return done(new Error('the archive was cut off'))
      if (end.length === endMark && end.every((byte) => byte === 0)) return done()
      return done(
        new HttpError(
          422,
          'no_whole_archive',
          'The file is no tar archive, or its end is missing. Nothing was changed.',
        ),
      )
    },
  })
  body.once('error', (error) => whole.destroy(error))
  return body.pipe(whole)
}

function imageOf(hub: Hub, name: string | undefined): string | undefined {
  if (name === undefined) return undefined
  const course = findCourse(hub.courses.all, name)
  if (course !== undefined) return course.image
  throw new HttpError(404, 'unknown_course', `There is no course ${name.slice(0, 100)}.`)
}
