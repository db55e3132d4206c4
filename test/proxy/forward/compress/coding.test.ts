import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import {
  type Coding,
  codingFor,
  compressed,
  isCompressible,
  unchanged,
  varying,
} from '../../../../proxy/forward/compress/coding.ts'

describe('the coding of an answer', () => {
  const accepted: [string, Coding | undefined][] = [
    ['gzip, deflate, br, zstd', 'zstd'],
    ['gzip, deflate, br', 'br'],
    ['gzip, deflate', 'gzip'],
    ['GZIP', 'gzip'],
    ['x-gzip', 'gzip'],
    ['deflate', undefined],
    ['', undefined],
    ['identity', undefined],
    ['*', 'zstd'],
    ['*;q=0', undefined],
    ['zstd;q=0, *', 'br'],
    ['zstd;q=0.2, br;q=0.5, gzip', 'gzip'],
    ['zstd;q=0.5,br ; q = 0.8,gzip;q=0.8', 'br'],
    ['gzip;q=0', undefined],
    ['gzip;q=0.000', undefined],
    ['gzip;q=0.001', 'gzip'],
    ['identity, gzip;q=0.9', undefined],
    ['identity;q=0.5, gzip;q=0.9', 'gzip'],
    ['identity;q=0, gzip', 'gzip'],
    ['gzip;q=2, br;q=x', undefined],
    ['gzip;level=9, br', 'br'],
    [',,;q=1, gzip ,', 'gzip'],
    ['constructor, __proto__', undefined],
  ]
  for (const [header, coding] of accepted) {
    it(`is ${coding ?? 'none'} for “${header}”`, () => assert.equal(codingFor(header), coding))
  }

  const request = { method: 'GET', version: '1.1', headers: {} }
  const html = { 'content-type': 'text/html; charset=utf-8' }
  const good = { request, status: 200, headers: html, length: 5000 }

  const types: [string | undefined, boolean][] = [
    ['text/html', true],
    ['TEXT/CSS;charset=utf-8', true],
    ['text/plain', true],
    ['application/javascript; charset=utf-8', true],
    ['application/json', true],
    ['application/x-ipynb+json', true],
    ['image/svg+xml', true],
    ['application/wasm', true],
    ['font/ttf', true],
    ['image/x-icon', true],
    ['image/vnd.microsoft.icon', true],
    ['text/event-stream', false],
    [' Text/Event-Stream ; charset=utf-8', false],
    ['image/png', false],
    ['application/zip', false],
    ['font/woff2', false],
    ['application/pdf', false],
    ['video/mp4', false],
    ['application/octet-stream', false],
    ['multipart/x-mixed-replace; boundary=text/html', false],
    ['', false],
    [undefined, false],
    ['constructor', false],
  ]
  for (const [type, isIt] of types) {
    it(`is ${isIt ? '' : 'not '}looked for where the type is ${type ?? 'missing'}`, () => {
      const headers: IncomingHttpHeaders = type === undefined ? {} : { 'content-type': type }
      assert.equal(isCompressible({ ...good, headers }), isIt)
    })
  }

  const stay: [string, Partial<typeof good> | { length: number | undefined }, boolean][] = [
    ['a page', {}, true],
    ['a page whose length only its end tells', { length: undefined }, true],
    ['a page of an error', { status: 500 }, true],
    ['what a POST is answered', { request: { ...request, method: 'POST' } }, true],
    ['what a HEAD is answered', { request: { ...request, method: 'HEAD' } }, false],
    ['what an old client asks for', { request: { ...request, version: '1.0' } }, false],
    ['a part that was asked for', { request: { ...request, headers: { range: 'bytes=0-1' } } }, false],
    ['what a client wants as it is', { request: { ...request, headers: { 'cache-control': 'no-transform' } } }, false],
    ['a part', { status: 206 }, false],
    ['nothing', { status: 204 }, false],
    ['what has not changed', { status: 304 }, false],
    ['a redirect', { status: 302 }, false],
    ['a short body', { length: 1399 }, false],
    ['no body', { length: 0 }, false],
  ]
  for (const [what, change, isIt] of stay) {
    it(`is ${isIt ? '' : 'not '}looked for of ${what}`, () => {
      assert.equal(isCompressible({ ...good, ...change } as typeof good), isIt)
    })
  }

  const alone: IncomingHttpHeaders[] = [
    { 'content-encoding': 'br' },
    { 'content-encoding': 'identity' },
    { 'cache-control': 'max-age=5, No-Transform' },
    { 'content-disposition': 'attachment; filename="a.csv"' },
    { 'content-range': 'bytes 0-1/2' },
    { 'content-md5': 'x' },
    { digest: 'sha-256=x' },
    { 'content-digest': 'sha-256=:x:' },
    { 'repr-digest': 'sha-256=:x:' },
    { 'signature-input': 'x' },
    { 'transfer-encoding': 'gzip, chunked' },
  ]
  for (const headers of alone) {
    it(`is not looked for where the server says ${Object.entries(headers).join().replace(',', ': ')}`, () => {
      assert.equal(isCompressible({ ...good, headers: { ...html, ...headers } }), false)
    })
  }

  it('is looked for whatever else the server says', () => {
    const headers = {
      'cache-control': 'no-transformers',
      'content-disposition': 'inline',
      'transfer-encoding': 'chunked',
    }
    assert.equal(isCompressible({ ...good, headers: { ...html, ...headers } }), true)
  })

  it('is told, with a weak tag and without a length', () => {
    const headers = { etag: '"a"', 'content-length': '9', 'accept-ranges': 'bytes', 'x-other': 'kept' }
    assert.deepEqual(compressed(headers, 'br'), {
      etag: 'W/"a"',
      'x-other': 'kept',
      vary: 'Accept-Encoding',
      'content-encoding': 'br',
    })
    assert.equal(compressed({ etag: 'W/"a"' }, 'br').etag, 'W/"a"')
    assert.equal('etag' in compressed({}, 'br'), false)
  })

  it('is a reason to vary, once', () => {
    assert.equal(varying({ vary: 'Origin' }).vary, 'Origin, Accept-Encoding')
    for (const vary of ['*', 'accept-encoding', 'Origin, Accept-Encoding']) assert.equal(varying({ vary }).vary, vary)
  })

  it('shows in the tag of what has not changed, if the client knows that tag', () => {
    assert.equal(unchanged({ etag: '"a"' }, { 'if-none-match': 'W/"b", W/"a"' }).etag, 'W/"a"')
    assert.equal(unchanged({ etag: '"a"' }, { 'if-none-match': '"a"' }).etag, '"a"')
    assert.equal(unchanged({ etag: '"a"' }, {}).etag, '"a"')
    assert.deepEqual(unchanged({}, { 'if-none-match': '*' }), {})
  })
})
