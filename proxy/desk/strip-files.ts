/** The strip's own files, which browsers get from every server's host: read once, and kept by browsers for ever. Each language has its own addresses. */

import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import { tokens } from '../../net/look/tokens.ts'
import { stripFilesPrefix } from '../../seats/desk.ts'
import { type Language, languages } from '../../words/language.ts'
import { say } from '../../words/text.ts'
import type { Exchange } from '../exchange.ts'
import { keptCoding } from '../replies/coding.ts'
import { type Fault, pageLanguage, replyBytes, replyFault } from '../replies/reply.ts'
import { wordsModule } from './words.ts'

export interface StripFiles {
  /** Returns the address below which the files are, without a slash at its end. A digest of all files is part of it. */
  base(language: Language): string
  /** Answers a request below `/_carrel/strip/`. */
  answer(exchange: Exchange): void
}

const hashLength = 16
const address = new RegExp(`^([\\w-]{${hashLength}})/([a-z][a-z.-]*)$`)

interface StripFile {
  name: string
  type: string
  whole: Buffer
  br: Buffer
  gzip: Buffer
}

const types: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Reads the files of a folder. Other kinds of files than scripts, style and pictures are left out. */
export async function openStripFiles(folder = new URL('static/', import.meta.url)): Promise<StripFiles> {
  const names = (await readdir(folder)).filter((name) => Object.hasOwn(types, extname(name))).sort()
  const files = await Promise.all(
    names.map(async (name) => {
      const own = await readFile(new URL(name, folder))
      return fileOf(name, name === 'desk.css' ? Buffer.concat([Buffer.from(tokens), own]) : own)
    }),
  )
  const all = await Promise.all(
    languages.map(async (language): Promise<[Language, Whole]> => {
      const own = [...files, await fileOf('page-words.js', Buffer.from(wordsModule(language)))]
      return [language, { hash: hashOf(own), files: new Map(own.map((file) => [file.name, file])) }]
    }),
  )
  const wholes = Object.fromEntries(all) as Record<Language, Whole>
  return {
    base: (language) => stripFilesPrefix + wholes[language].hash,
    answer(exchange) {
      const [, asked, name = ''] = address.exec(exchange.path.slice(stripFilesPrefix.length)) ?? []
      const own = all.find(([, { hash }]) => hash === asked)?.[1]
      answer(exchange, (own ?? wholes[pageLanguage(exchange)]).files.get(name), own !== undefined)
    },
  }
}

/** All files in one language, and the digest in their addresses. */
interface Whole {
  hash: string
  files: Map<string, StripFile>
}

async function fileOf(name: string, whole: Buffer): Promise<StripFile> {
  const [br, zipped] = await Promise.all([promisify(brotliCompress)(whole), promisify(gzip)(whole)])
  return { name, type: types[extname(name)] ?? '', whole, br, gzip: zipped }
}

function hashOf(files: readonly StripFile[]): string {
  const digest = createHash('sha256')
  for (const { name, whole } of files) digest.update(`${name} ${whole.length}\n`).update(whole)
  return digest.digest('base64url').slice(0, hashLength)
}

/** Answers with a file. `isOwn`: the address names the files of this version. A page of another proxy may want those of its version. */
function answer(exchange: Exchange, file: StripFile | undefined, isOwn: boolean) {
  const { method, headers, upgrade } = exchange
  // A service worker would go on answering for the host after its learner has left.
  const isWorker = headers['service-worker'] !== undefined || headers['sec-fetch-dest'] === 'serviceworker'
  const isRead = upgrade === undefined && (method === 'GET' || method === 'HEAD')
  if (file === undefined || isWorker || !isRead) return replyFault(exchange, noSuchFile)
  const coding = keptCoding(headers['accept-encoding']?.toString() ?? '', ['br', 'gzip'])
  replyBytes(exchange, 200, coding === undefined ? file.whole : file[coding], {
    'content-type': file.type,
    'content-encoding': coding,
    'cache-control': isOwn ? 'public, max-age=31536000, immutable' : 'no-store',
    'cross-origin-resource-policy': 'same-origin',
    // What is opened as a page of its own does nothing.
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
    vary: 'Accept-Encoding',
  })
}

const noSuchFile: Fault = {
  status: 404,
  code: 'not_found',
  title: say`Nothing is here`,
  message: say`There is nothing at this address. Reload the page of the notebook.`,
}
