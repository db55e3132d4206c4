/** Answers at the addresses of static files: with files only, to browsers that want a part of a page and to programs. */

import { open } from 'node:fs/promises'
import { STATUS_CODES } from 'node:http'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import {
  firstFilesName,
  isStaticDigest,
  type StaticCoding,
  staticCodings,
  staticFilesPrefix,
  staticLabel,
  staticType,
} from '../../seats/files/static-files.ts'
import { say } from '../../words/text.ts'
import type { SiteContext } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import { keptCoding } from '../replies/coding.ts'
import { type Fault, json, replyFault } from '../replies/reply.ts'
import type { CopiedFile } from './copies.ts'
import type { StaticFiles } from './static-files.ts'

/** What a page may use a static file for. No document, no frame, and no worker of any kind. */
const uses = new Set(['script', 'style', 'font', 'image', 'empty', 'json', 'audio', 'video', 'manifest'])

const pieceBytes = 64 * 1024

/** Answers below `/_carrel/static/`. `label` is that of the host, where static files have hosts of their own. */
export async function answerStatic(context: SiteContext, exchange: Exchange, label?: string): Promise<void> {
  const { method, upgrade, path } = exchange
  if (upgrade !== undefined || !['GET', 'HEAD'].includes(method) || !isPartOfPage(exchange)) return nothing(exchange)
  const [digest = '', ...rest] = path.slice(staticFilesPrefix.length).split('/')
  const isAtItsHost = label === undefined || label === staticLabel(digest)
  if (!path.startsWith(staticFilesPrefix) || !isStaticDigest(digest) || !isAtItsHost) return nothing(exchange)
  const name = rest.join('/')
  if (name === firstFilesName) return sendFirst(context.staticFiles, exchange, digest)
  const file = (await context.staticFiles?.find(digest))?.get(name)
  if (exchange.hasLeft()) return
  if (file === undefined || context.staticFiles === undefined) return nothing(exchange)
  return send(context.staticFiles, exchange, { digest, name, file })
}

/** Says whether the browser wants a part of a page. One that does not say, or a program, gets what no browser shows as a page. */
function isPartOfPage({ headers }: Exchange): boolean {
  const use = headers['sec-fetch-dest']
  const isWorker = headers['service-worker'] !== undefined
  return !isWorker && headers['sec-fetch-mode'] !== 'navigate' && (use === undefined || uses.has(String(use)))
}

/** Sends the list of the files for which a program of the image asks when it opens, as far as this proxy has seen it open. */
function sendFirst(staticFiles: StaticFiles | undefined, exchange: Exchange, digest: string): void {
  json(exchange, 200, staticFiles?.first.of(digest) ?? [], {
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
  })
}

interface Asked {
  digest: string
  name: string
  file: CopiedFile
}

async function send(staticFiles: StaticFiles, exchange: Exchange, { digest, name, file }: Asked): Promise<void> {
  const { answer, headers, method } = exchange
  const there = staticCodings.filter((one) => file[one] !== undefined)
  const coding: StaticCoding | undefined = keptCoding(headers['accept-encoding']?.toString() ?? '', there)
  const bytes = file[coding ?? 'plain']
  const tag = `"${digest.slice(0, 16)}-${coding ?? 'plain'}"`
  const isKnown = headers['if-none-match']?.split(',').some((one) => one.trim().replace(/^W\//, '') === tag) === true
  // A file that lies there compressed only is unpacked for the few clients that want it so.
  const kept = coding ?? (bytes === undefined ? 'gzip' : 'plain')
  const needsFile = !isKnown && method === 'GET'
  // Opened first, so that a file that has gone is told as such.
  const opened = needsFile
    ? await open(staticFiles.copies.pathOf(digest, name, kept)).catch(() => 'gone' as const)
    : undefined
  if (opened === 'gone') {
    staticFiles.lost(digest)
    return nothing(exchange)
  }
  const status = isKnown ? 304 : 200
  exchange.record.status = status
  exchange.body.drop()
  answer.begin(status, STATUS_CODES[status] ?? '', {
    'content-type': staticType(name),
    ...(coding !== undefined && { 'content-encoding': coding }),
    'cache-control': 'public, max-age=31536000, immutable',
    etag: tag,
    vary: 'Accept-Encoding',
    // Servers' pages have other origins. Everyone may read these files, and none of them depends on who asks.
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
    // What is opened as a page of its own does nothing.
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
    'x-content-type-options': 'nosniff',
    'x-robots-tag': 'noindex',
    'x-request-id': exchange.id,
    ...(status === 200 && bytes !== undefined && { 'content-length': bytes }),
    ...(exchange.body.isComplete ? {} : { connection: 'close' }),
  })
  if (opened === undefined) return answer.end(undefined)
  const stored = opened.createReadStream({ highWaterMark: pieceBytes })
  const pieces = kept === 'gzip' && coding === undefined ? pipeline(stored, createGunzip(), () => undefined) : stored
  try {
    for await (const piece of pieces) {
      if (answer.hasLeft) return
      if (!answer.write(piece)) await canTakeMore(exchange)
    }
    answer.end(undefined)
  } catch {
    exchange.cut()
  } finally {
    stored.destroy()
  }
}

function canTakeMore({ answer }: Exchange): Promise<void> {
  return new Promise((resolve) => {
    if (answer.isOver) return resolve()
    answer.whenDrained(resolve)
    answer.whenOver(resolve)
  })
}

function nothing(exchange: Exchange): void {
  replyFault(exchange, noSuchFile)
}

const noSuchFile: Fault = {
  status: 404,
  code: 'not_found',
  title: say`Nothing is here`,
  message: say`There is nothing at this address. Reload the page of the notebook.`,
}
