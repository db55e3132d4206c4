import assert from 'node:assert/strict'
import { fullReference, parseReference } from '../../spawners/image-reference.ts'

describe('an image name', () => {
  for (const [image, expected] of [
    ['python', { registry: 'docker.io', name: 'python:latest' }],
    ['jupyter/minimal-notebook:1', { registry: 'docker.io', name: 'jupyter/minimal-notebook:1' }],
    ['localhost/course', { registry: 'localhost', name: 'localhost/course:latest' }],
    ['127.0.0.1:5000/course/a', { registry: '127.0.0.1:5000', name: '127.0.0.1:5000/course/a:latest' }],
    ['ghcr.io/x/y:1@sha256:0a1b', { registry: 'ghcr.io', name: 'ghcr.io/x/y@sha256:0a1b' }],
    ['', undefined],
    ['Upper/case', undefined],
    ['a/../b', undefined],
    ['a?b', undefined],
    ['a b', undefined],
    ['--help', undefined],
    ['x;reboot', undefined],
    ['a:1?all=1', undefined],
    ['a:--1', undefined],
    ['https://ghcr.io/x/y', undefined],
  ] as const) {
    it(`${JSON.stringify(image)} ${expected ? `is of ${expected.registry}` : 'is refused'}`, () =>
      assert.deepEqual(parseReference(image), expected))
  }
})

describe('the full name of an image', () => {
  it('is the same for all names of it, and for no other image', () => {
    assert.equal(fullReference('python'), 'docker.io/library/python:latest')
    assert.equal(fullReference('docker.io/library/python:latest'), fullReference('python'))
    assert.equal(fullReference('docker.io/python'), fullReference('python'))
    assert.equal(fullReference('course/a:1'), 'docker.io/course/a:1')
    assert.equal(fullReference('127.0.0.1:5000/a:1'), '127.0.0.1:5000/a:1')
    assert.equal(fullReference('ghcr.io/x/y:1@sha256:0a1b'), 'ghcr.io/x/y@sha256:0a1b')
    assert.equal(fullReference('a b'), undefined)
  })
})
