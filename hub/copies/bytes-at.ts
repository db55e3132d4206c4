import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type Ask, contentsOf } from './ask.ts'

/** The longest notebook of which a version is kept. */
const mostBytes = 20 * 2 ** 20

const fileSchema = z.looseObject({ content: z.string() })

/** Returns the bytes of a file as they are stored; undefined where there is none. Rejects with `tooLongText` where they are more than `most`. */
export async function bytesAt(ask: Ask, path: string, most = mostBytes): Promise<Buffer | undefined> {
  // As a file: a notebook that is being saved would lose the save if it were read as one.
  const question = `${contentsOf(path)}?type=file&format=base64&content=1`
  const { status, text } = await ask(question, { mostBytes: most * 1.4 })
  if (status === 404) return undefined
  if (status !== 200) throw new Error(`it answered ${status}`)
  return Buffer.from(fileSchema.parse(JSON.parse(text)).content, 'base64')
}

/** Returns the digest by which the database keeps these bytes. */
export function blobDigest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
