import assert from 'node:assert/strict'
import { parseTarget } from '../../net/endpoint.ts'

describe('a target', () => {
  const cases: [string, ReturnType<typeof parseTarget>][] = [
    ['http://127.0.0.1:8000', { where: { host: '127.0.0.1', port: 8000 }, path: '' }],
    ['http://hub', { where: { host: 'hub', port: 80 }, path: '' }],
    ['http://[::1]:8/foo/', { where: { host: '::1', port: 8 }, path: '/foo' }],
    ['unix+http://%2Frun%2Fa%20b.sock', { where: { socketPath: '/run/a b.sock' }, path: '' }],
    ['http+unix://%2Frun%2Fa.sock/foo', { where: { socketPath: '/run/a.sock' }, path: '/foo' }],
    ['unix+http://run', undefined],
    ['unix+http://%2Frun%zz', undefined],
    ['https://a', undefined],
    ['http://a?b', undefined],
    ['http://u@a', undefined],
    ['a', undefined],
  ]
  for (const [text, expected] of cases) {
    it(`reads ${text}`, () => assert.deepEqual(parseTarget(text), expected))
  }
})
