import { finished } from 'node:stream/promises'
import type Koa from 'koa'
import { mostUploadBytes } from '../../courses/questions/questions.ts'
import { say } from '../../words/text.ts'
import { HttpError } from '../errors.ts'
import { mostBodyBytes } from './bounds.ts'
import { readBytes } from './request.ts'

/** A file of a form. Its name is whatever the sender says, and may be a path. */
export interface SentFile {
  name: string
  content: Uint8Array
}

export interface Parts {
  fields: Record<string, string>
  /** The files by the names of their fields. A field in which no file was chosen is left out. */
  files: Record<string, SentFile>
}

/** More parts, and longer heads of them, than any form of ours or of JupyterHub's has. Each costs the reader time. */
const most = { parts: 64, headBytes: 2048 }

/** Throws for a form whose files are too large together, once its sender has sent it: until then browsers show no answer. */
export async function requireShort(ctx: Koa.Context): Promise<void> {
  if (Number(ctx.get('Content-Length') || 0) <= mostBodyBytes(ctx.req)) return
  await finished(ctx.req.resume(), { writable: false }).catch(() => undefined)
  throw new HttpError(
    413,
    'too_large',
    say`These files are too large: ${mostUploadBytes / 2 ** 20} MB is the most for all of one form. Go back, and choose smaller ones.`,
  )
}

/** Returns the fields and files of a submitted form with files; throws 400 or 415 when it is none, or one comes twice. */
export async function readParts(ctx: Koa.Context): Promise<Parts> {
  const type = ctx.get('Content-Type')
  if (!/^multipart\/form-data\s*;/i.test(type)) throw new HttpError(415, 'not_a_form', say`Send a form with a file.`)
  const body = await readBytes(ctx)
  requireFewParts(body, type)
  // Node's own reader of such forms.
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } })
    .formData()
    .catch((error: unknown) => {
      if (!(error instanceof TypeError)) throw error
      throw badForm()
    })
  // Names come from outside, and one may be `__proto__`.
  const parts: Parts = { fields: Object.create(null), files: Object.create(null) }
  const seen = new Set<string>()
  for (const [name, value] of form) {
    if (seen.has(name)) throw new HttpError(400, 'repeated_field', say`A field of this form came twice.`)
    seen.add(name)
    if (typeof value === 'string') parts.fields[name] = value
    else if (value.name !== '' || value.size > 0) parts.files[name] = { name: value.name, content: await value.bytes() }
  }
  return parts
}

/** Throws for a form with more parts than forms have, or with endless heads: reading them would hold up everything else. */
function requireFewParts(body: Buffer, type: string): void {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))/i.exec(type) ?? []
  const boundary = quoted ?? plain
  if (boundary === undefined) throw badForm()
  const line = Buffer.from(`--${boundary}`)
  let parts = 0
  for (let at = body.indexOf(line); at >= 0; at = body.indexOf(line, at + line.length)) {
    parts += 1
    const head = body.subarray(at + line.length, at + line.length + most.headBytes)
    const isEnd = head.subarray(0, 2).toString() === '--'
    if (parts > most.parts + 1 || (!isEnd && !head.includes('\r\n\r\n'))) throw badForm()
  }
}

function badForm(): HttpError {
  return new HttpError(400, 'bad_form', say`This form cannot be read. Choose the file again.`)
}
