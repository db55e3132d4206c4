import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import type Koa from 'koa'
import { readParts } from '../../../hub/http/multipart.ts'

const type = 'multipart/form-data; boundary=form-of-the-test'

/** Reads a form with these bytes as its body. */
function read(body: string, contentType = type) {
  const stream = Readable.from([Buffer.from(body)])
  const req = Object.assign(stream, { method: 'POST', url: '/', headers: { 'content-type': contentType } })
  return readParts({ req, get: () => contentType } as unknown as Koa.Context)
}

const part = (name: string, text: string, more = '') =>
  `--form-of-the-test\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${text}\r\n`
const codeOf = (found: Promise<unknown>) =>
  found.then(
    () => 'read',
    (error: { code?: string }) => error.code,
  )

describe('a form in parts', () => {
  it('has its fields, and its files with the names and bytes that were sent', async () => {
    const body = `${part('a', 'text\r\n--form')}${part('f', 'a\u0000b', '; filename="../é.csv"')}${part('none', '', '; filename=""')}--form-of-the-test--\r\n`
    const { fields, files } = await read(body)
    assert.deepEqual({ ...fields }, { a: 'text\r\n--form' })
    assert.deepEqual(Object.keys(files), ['f'])
    assert.deepEqual([files.f?.name, Buffer.from(files.f?.content ?? []).toString()], ['../é.csv', 'a\u0000b'])
  })

  it('may have names that objects have, which are then fields like others', async () => {
    const { fields } = await read(`${part('__proto__', 'x')}${part('constructor', 'y')}--form-of-the-test--\r\n`)
    assert.deepEqual(Object.entries(fields), [
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ])
  })

  for (const [what, body, code, contentType] of [
    ['another kind of body', 'a=b', 'not_a_form', 'application/x-www-form-urlencoded'],
    ['no boundary', part('a', 'b'), 'bad_form', 'multipart/form-data; charset=utf-8'],
    ['no end', part('a', 'b'), 'bad_form', type],
    ['one field twice', `${part('a', 'b')}${part('a', 'b')}--form-of-the-test--\r\n`, 'repeated_field', type],
    ['more parts than any form has', `${part('a', 'b').repeat(66)}--form-of-the-test--\r\n`, 'bad_form', type],
    [
      'a head without end',
      `--form-of-the-test\r\n${'a: b\r\n'.repeat(1000)}\r\n--form-of-the-test--\r\n`,
      'bad_form',
      type,
    ],
    ['nothing', '', 'bad_form', type],
  ] as const) {
    it(`is refused with ${what}`, async () => {
      assert.equal(await codeOf(read(body, contentType)), code)
    })
  }
})
