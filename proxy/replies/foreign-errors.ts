/** Error pages from a server or a folder, as configurable-http-proxy offers them for routes without `access`. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { createBuckets, linePace } from '../../net/bucket.ts'
import { parseTarget } from '../../net/endpoint.ts'
import { lineOf } from '../../net/error-code.ts'
import type { Exchange } from '../exchange.ts'
import { limits } from '../limits.ts'
import { type Fault, type ReplyFault, reply, replyFault } from './reply.ts'

export interface ForeignErrors {
  /** The server asked for `<target>/<status>?url=<path>`. Its page is shown under the original status. */
  errorTarget?: string | undefined
  /** A folder with `<status>.html` or `error.html`, used where there is no `errorTarget`. */
  errorPath?: string | undefined
}

const answerMilliseconds = 5000
const pageBytes = 1024 * 1024

/** Returns a reply to faults that shows these pages, or the proxy's own page where no such page can be had. */
export function foreignErrors(
  { errorTarget, errorPath }: ForeignErrors,
  log: Logger,
  atOnce: number = limits.questions,
): ReplyFault {
  const lines = createBuckets(linePace)
  const limited = limitAtOnce(atOnce)
  return async (exchange, fault) => {
    const page = exchange.upgrade === undefined ? await pageFor(exchange, fault) : undefined
    if (exchange.hasLeft()) return
    if (page === undefined) return replyFault(exchange, fault)
    reply(exchange, fault.status, { ...fault.headers, 'content-type': page.type }, page.text)
  }

  async function pageFor(exchange: Exchange, { status }: Fault): Promise<Page | undefined> {
    try {
      if (errorTarget !== undefined) return await limited(() => pageFrom(errorTarget, exchange, status))
      if (errorPath === undefined) return undefined
      return { type: 'text/html; charset=utf-8', text: await readPage(errorPath, status) }
    } catch (error) {
      if (lines.take('') === 0) log.warn({ reason: lineOf(error), request: exchange.id }, 'error page is not available')
      return undefined
    }
  }
}

/** Limits how many pages are asked for at once. A stranger can cause many errors, and each page takes a connection. */
function limitAtOnce(most: number): <T>(act: () => Promise<T>) => Promise<T> {
  let underWay = 0
  return async (act) => {
    if (underWay >= most) throw new Error('too many error pages are asked for')
    underWay += 1
    try {
      return await act()
    } finally {
      underWay -= 1
    }
  }
}

interface Page {
  type: string
  text: string
}

async function pageFrom(errorTarget: string, exchange: Exchange, status: number): Promise<Page> {
  // A proxy without an error target needs no `fetch`, which takes 20 MB.
  const { fetch, Pool } = await import('undici')
  const target = parseTarget(errorTarget)
  if (target === undefined) throw new Error('the error target is neither http:// nor unix+http://')
  const isSocket = 'socketPath' in target.where
  const origin = isSocket ? 'http://localhost' : new URL(errorTarget).origin
  const pool = new Pool(origin, 'socketPath' in target.where ? { socketPath: target.where.socketPath } : {})
  try {
    const answer = await fetch(`${origin}${target.path}/${status}?url=${encodeURIComponent(exchange.path)}`, {
      dispatcher: pool,
      signal: AbortSignal.timeout(answerMilliseconds),
    })
    const text = await answer.text()
    if (text.length > pageBytes) throw new Error('the error page is over 1 MiB')
    return { type: answer.headers.get('content-type') ?? 'text/html', text }
  } finally {
    await pool.destroy()
  }
}

async function readPage(folder: string, status: number): Promise<string> {
  try {
    return await readFile(join(folder, `${status}.html`), 'utf8')
  } catch {
    return readFile(join(folder, 'error.html'), 'utf8')
  }
}
