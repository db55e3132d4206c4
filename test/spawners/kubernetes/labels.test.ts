import assert from 'node:assert/strict'
import { labelSlug, tagOf } from '../../../spawners/kubernetes/labels.ts'

describe('labels of pods', () => {
  it("hold a user's name as KubeSpawner would write it", () => {
    const slugs: [text: string, slug: string][] = [
      ['', ''],
      ['ann', 'ann'],
      ['9a', '9a'],
      ['AbC', 'AbC'],
      ['ab.c', 'ab.c'],
      ['AbC.', 'abc---dbe8c5d1'],
      ['a@b.c', 'a-b-c---d648b243'],
      ['user@email.com', 'user-email-com---0925f997'],
      ['jupyter-üni', 'jupyter-ni---a5aaf5dd'],
      ['endswith-', 'endswith---165f1166'],
      ['user-_@_emailß.com', 'user-email-com---7e3a7efd'],
      ['-start', 'start---f587e2dc'],
      ['üser', 'ser---73506260'],
      ['username--servername', 'username-servername---d957f1de'],
      ['start---f587e2dc', 'start-f587e2dc---cc5bb9c9'],
      ['x'.repeat(63), 'x'.repeat(63)],
      ['x'.repeat(64), `${'x'.repeat(21)}---7ce10097`],
    ]
    assert.deepEqual(
      slugs.map(([text]) => [text, labelSlug(text)]),
      slugs,
    )
  })

  it('fit a label whatever the name', () => {
    for (const text of ['9@', '😀', '.', `lms:${'é'.repeat(300)}`, `9${'-x'.repeat(80)}!`, 'a\u0000b']) {
      assert.match(labelSlug(text), /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/)
    }
  })

  it('tell which run a pod is, unless they are of another installation or incomplete', () => {
    const installation = { name: 'campus', id: 'f00d' }
    const labels = {
      'carrel/installation': 'campus',
      'carrel/installation-id': 'f00d',
      'carrel/server': 'k3j9x0a1b2c4',
      'carrel/run': '12',
    }
    const annotations = { 'carrel/spec-hash': 'h' }
    const tag = (changed: Record<string, string>) =>
      tagOf({ metadata: { labels: { ...labels, ...changed }, annotations } }, installation)
    assert.deepEqual(tag({}), { server: 'k3j9x0a1b2c4', run: 12, hash: 'h' })
    assert.equal(tag({ 'carrel/installation': 'other' }), undefined)
    assert.equal(tag({ 'carrel/installation-id': 'other' }), undefined)
    assert.equal(tag({ 'carrel/run': '1e400' }), undefined)
    assert.equal(tag({ 'carrel/run': '0' }), undefined)
    assert.equal(tagOf({}, installation), undefined)
  })
})
