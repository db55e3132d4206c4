import type Koa from 'koa'
import { HttpError } from '../errors.ts'
import { readBytes } from './request.ts'

export interface Parts {
  fields: Record<string, string>
  /** The bytes of each file, by the field's name. */
  files: Record<string, Uint8Array>
}

/** Returns the fields and files of a submitted form with files; throws 400 or 415 when it is none, or one comes twice. */
export async function readParts(ctx: Koa.Context): Promise<Parts> {
  const type = ctx.get('Content-Type')
  if (!/^multipart\/form-data\s*;/i.test(type)) throw new HttpError(415, 'not_a_form', 'Send a form with a file.')
  const body = await readBytes(ctx)
  // Node's own reader of such forms, which only this page of admins needs.
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } })
    .formData()
    .catch((error: unknown) => {
      if (!(error instanceof TypeError)) throw error
      throw new HttpError(400, 'bad_form', 'This form cannot be read. Choose the file again.')
    })
  const parts: Parts = { fields: {}, files: {} }
  const seen = new Set<string>()
  for (const [name, value] of form) {
    if (seen.has(name)) throw new HttpError(400, 'repeated_field', 'A field of this form came twice.')
    seen.add(name)
    if (typeof value === 'string') parts.fields[name] = value
    else parts.files[name] = await value.bytes()
  }
  return parts
}
