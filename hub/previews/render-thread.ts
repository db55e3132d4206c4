/**
 * A thread that makes pages of notebooks, so that neither a large one nor one that was made to be slow holds the hub. The libraries
 * for that are loaded here and nowhere else.
 */
import { parentPort } from 'node:worker_threads'
import { gzipSync } from 'node:zlib'
import { factsOf } from '../../notebooks/facts.ts'
import { readNotebook } from '../../notebooks/read.ts'
import { notebookDocument } from '../../notebooks/render/document.ts'
import { pictureData, pictureKind } from '../../notebooks/render/html/pictures.ts'
import { renderNotebook } from '../../notebooks/render/render.ts'

export interface RenderQuestion {
  path: string
  bytes: Uint8Array
  /** Default: the title that the notebook says. */
  title?: string
  /** Pictures of the repository, by their paths. */
  pictures: Readonly<Record<string, Uint8Array>>
  /** A sentence of ours above a page that others than the notebook's owner read. */
  noteForOthers?: string
}

/** The page, packed by gzip, its title, and the pictures of the repository that the notebook names. Undefined of what cannot be read. */
export type RenderAnswer = { html: Uint8Array; title: string; pictures: string[] } | 'unreadable'

parentPort?.on('message', (question: RenderQuestion) => parentPort?.postMessage(answerTo(question)))

function answerTo({ path, bytes, title: given, pictures, noteForOthers: note }: RenderQuestion): RenderAnswer {
  const notebook = readNotebook(path, bytes)
  if ('problem' in notebook) return 'unreadable'
  const title = given ?? factsOf(path, bytes)?.title ?? path
  const isForOthers = note !== undefined
  const made = renderNotebook({ path, notebook, picture: (name) => dataOf(name, pictures), isForOthers })
  const html = gzipSync(notebookDocument({ title, inside: made.html, note }))
  return { html, title, pictures: made.pictures }
}

function dataOf(name: string, pictures: RenderQuestion['pictures']): string | undefined {
  const [bytes, kind] = [Object.hasOwn(pictures, name) ? pictures[name] : undefined, pictureKind(name)]
  if (bytes === undefined || kind === undefined) return undefined
  const data = pictureData(kind, Buffer.from(bytes).toString('base64'))
  return data === 'too large' ? undefined : data
}

// From now on the thread answers.
parentPort?.postMessage('begun')
